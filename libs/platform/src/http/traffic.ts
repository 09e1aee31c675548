import type { FastifyInstance, FastifyRequest } from 'fastify';
import { crowdLog, type Log } from '../log';
import { beginSpan, type Ended, type Work } from '../traces/spans';
import { inTrace, traceIdOf } from '../traces/trace';
import { countAnswer } from './http-metrics';
import { problemToldBy } from './problem.filter';
import type { Proxies } from './proxies';

const pathCharactersMax = 200;
const sweepMs = 20;

/**
 * Knows the requests in flight, writes one line for each when it is over, and ends them at
 * shutdown. A query is never logged: it may hold what is nobody's business. What is done for a
 * request is a part of the trace that it names, or of a new one; each answer says which.
 */
export class Traffic {
  private readonly log: Log;
  private inFlight = 0;

  constructor(
    private readonly http: FastifyInstance,
    log: Log,
    proxies: Proxies,
  ) {
    this.log = crowdLog(log);
    http.addHook('onRequest', (request, reply, done) => {
      const { raw } = reply;
      const began = performance.now();
      const { method = '', url } = request.raw;
      const path = url?.split('?', 1)[0]?.slice(0, pathCharactersMax);
      const span = beginSpan(workOf(method, path, request), request.headers.traceparent);
      const { traceparent } = span;
      reply.header('traceparent', traceparent);
      // The socket forgets its address when it closes.
      const { ip } = proxies.seen(request.raw);
      this.inFlight += 1;
      // It must not hold on to what the frameworks made of the request: many wait for minutes.
      raw.once('close', () => {
        this.inFlight -= 1;
        const status = raw.headersSent ? raw.statusCode : undefined;
        const problem = problemToldBy(raw);
        countAnswer(status);
        span.end(endOf(status, problem));
        this.log.info({
          method,
          path,
          status,
          problem,
          ms: Math.round(performance.now() - began),
          ip,
          trace_id: traceIdOf(traceparent),
        });
      });
      inTrace(traceparent, done);
    });
  }

  /**
   * Closes the server by `close`, which stops listening: requests in flight get `drainMsMax` to
   * finish, connections without one are closed at once.
   */
  async drain(close: () => Promise<unknown>, drainMsMax: number): Promise<void> {
    const deadline = performance.now() + drainMsMax;
    const sweep = setInterval(() => {
      const late = performance.now() > deadline;
      if (this.inFlight === 0 || late) this.http.server.closeAllConnections();
    }, sweepMs);
    await close().finally(() => clearInterval(sweep));
  }
}

function workOf(method: string, path: string | undefined, { routeOptions }: FastifyRequest): Work {
  const { url: route } = routeOptions;
  return {
    kind: 'server',
    name: route === undefined ? method : `${method} ${route}`,
    facts: { 'http.request.method': method, 'http.route': route, 'url.path': path },
  };
}

function endOf(status: number | undefined, problem: string | undefined): Ended {
  if (status === undefined) return { error: 'its client left' };
  const facts = { 'http.response.status_code': status };
  return status < 500 ? { facts } : { facts, error: problem ?? String(status) };
}
