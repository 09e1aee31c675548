import type { FastifyInstance } from 'fastify';
import { crowdLog, type Log } from '../log';
import { countAnswer } from './http-metrics';
import { problemToldBy } from './problem.filter';
import type { Proxies } from './proxies';

const pathCharactersMax = 200;
const sweepMs = 20;

/**
 * Knows the requests in flight, writes one line for each when it is over, and ends them at
 * shutdown. A query is never logged: it may hold what is nobody's business.
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
    http.addHook('onRequest', (request, { raw }, done) => {
      const began = performance.now();
      const { method, url } = request.raw;
      // The socket forgets its address when it closes.
      const { ip } = proxies.seen(request.raw);
      this.inFlight += 1;
      // It must not hold on to what the frameworks made of the request: many wait for minutes.
      raw.once('close', () => {
        this.inFlight -= 1;
        const status = raw.headersSent ? raw.statusCode : undefined;
        countAnswer(status);
        this.log.info({
          method,
          path: url?.split('?', 1)[0]?.slice(0, pathCharactersMax),
          status,
          problem: problemToldBy(raw),
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
