import { varyBy } from '@saoma/platform/http/vary';
import type { FastifyInstance } from 'fastify';

const preflight = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, last-event-id, traceparent, tracestate',
  'access-control-max-age': '600',
};

/**
 * Lets the pages of exactly these origins ask with their cookie. Any other origin gets no header
 * that would let its page read an answer, and no preflight that would let it ask.
 */
export function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  http.addHook('onRequest', async (request, reply) => {
    varyBy(reply, 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'link, retry-after, traceparent',
    });
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
      await reply.headers(preflight).code(204).send();
    }
  });
}
