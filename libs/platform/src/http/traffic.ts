import type { FastifyInstance } from 'fastify';
import type { Log } from '../log';
import { problemToldBy } from './problem.filter';
import type { Proxies } from './proxies';

const pathCharactersMax = 200;
const sweepMs = 20;

/**
 * Knows the requests in flight, writes one line for each when it is over, and ends them at
 * shutdown. A query is never logged: it may hold what is nobody's business.
 */
export class Traffic {
  private inFlight = 0;

  constructor(
    private readonly http: FastifyInstance,
    private readonly log: Log,
    proxies: Proxies,
  ) {
    http.addHook('onRequest', (request, reply, done) => {
      const began = performance.now();
      // The socket forgets its address when it closes.
      const { ip } = proxies.seen(request.raw);
      this.inFlight += 1;
      reply.raw.once('close', () => {
        this.inFlight -= 1;
        this.log.info({
          method: request.method,
          path: request.raw.url?.split('?', 1)[0]?.slice(0, pathCharactersMax),
          status: reply.raw.headersSent ? reply.raw.statusCode : undefined,
          problem: problemToldBy(reply),
          ms: Math.round(performance.now() - began),
          ip,
        });
      });
      done();
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
