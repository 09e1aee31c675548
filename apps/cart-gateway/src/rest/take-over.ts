import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** An answer that a handler writes itself, later: with these headers, and its own. */
export interface TakenOver {
  readonly raw: ServerResponse;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
}

/**
 * For who waits long and in great number: what the frameworks hold for a request goes free, and
 * only the response itself is left. The handler returns `answeredLater`.
 */
export function takeOver(reply: FastifyReply): TakenOver {
  reply.hijack();
  return { raw: reply.raw, headers: reply.getHeaders() };
}

/** What a handler returns that took the reply over. The frameworks drop it. */
export const answeredLater = undefined;
