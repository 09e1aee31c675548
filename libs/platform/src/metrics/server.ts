import { createServer, type Server } from 'node:http';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { portNumber } from '../config';
import type { Log } from '../log';
import { untaken } from '../taken';
import type { Metric } from './metric';

/** What all services read that can be measured. */
export const metricsVariables = {
  METRICS_PORT: portNumber
    .optional()
    .describe(
      'Prometheus finds `/metrics` at this port; without it nothing is measured. With 0 the ' +
        'system chooses a free one, and the log says which',
    ),
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('the address where `METRICS_PORT` listens: it has no sign-in and no TLS'),
};

type MetricsConfig = Readonly<z.output<z.ZodObject<typeof metricsVariables>>>;

/** Prometheus has one or two; more than this are refused. */
const connectionsMax = 16;
const requestMsMax = 5_000;

/** Tells Prometheus what is measured. */
export class MetricsServer {
  private constructor(
    private readonly server: Server,
    private readonly metrics: readonly Metric[],
  ) {}

  /**
   * Measures from now on and listens, if METRICS_PORT says so: undefined if not. Several processes
   * have a registry each, and so have those that are started one after the other in one process.
   */
  static async start(
    { METRICS_PORT: port, METRICS_HOST: host }: MetricsConfig,
    metrics: readonly Metric[],
    log: Log,
  ): Promise<MetricsServer | undefined> {
    if (port === undefined) return undefined;
    const registry = new Registry();
    for (const metric of metrics) metric.open(registry);
    const server = serverOf(registry);
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host }, resolve);
    });
    await untaken('METRICS_PORT', { host, port }, listening);
    // A process that has nothing else to do ends.
    server.unref();
    log.info({ metrics: server.address() }, 'metrics');
    return new MetricsServer(server, metrics);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async close(): Promise<void> {
    for (const metric of this.metrics) metric.open(undefined);
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}

function serverOf(registry: Registry): Server {
  const server = createServer({ requestTimeout: requestMsMax }, async (request, response) => {
    const { method, url } = request;
    if (url?.split('?', 1)[0] !== '/metrics') return response.writeHead(404).end();
    if (method !== 'GET') return response.writeHead(405, { allow: 'GET' }).end();
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  });
  server.maxConnections = connectionsMax;
  return server;
}
