import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Running } from '@saoma/platform/boot';
import { httpAdapter } from '@saoma/platform/http/adapter';
import { ProblemFilter } from '@saoma/platform/http/problem.filter';
import { Proxies } from '@saoma/platform/http/proxies';
import { Traffic } from '@saoma/platform/http/traffic';
import type { Log } from '@saoma/platform/log';
import { untaken } from '@saoma/platform/taken';
import type { FastifyInstance } from 'fastify';
import { SignInGuard } from './auth/sign-in.guard';
import type { GatewayConfig } from './config';
import { GatewayModule } from './gateway.module';
import { allowOrigins } from './rest/cors';
import { servePages } from './storefront/pages';

/** Waiting payers hold a connection each, and others must still get in. */
const connectionsMax = 25_000;
/** So many connections may wait to be accepted: after an outage all pages come back at once. */
const backlogMax = 4_096;
/** On a long poll nothing moves for `QR_WAIT_MS`; longer than this beyond it is a dead client. */
const silenceGraceMs = 60_000;
const drainMsMax = 3_000;
/** RFC 7518, 3.2: a shorter key can be guessed from any token. */
const secretBytesMin = 32;

/** A gateway that listens; `url` is where. */
export interface Gateway extends Running {
  readonly url: string;
}

/** Starts the gateway: HTTP on the outside, RPC to the order and the pay service. */
export async function startGateway(config: GatewayConfig, log: Log): Promise<Gateway> {
  const adapter = httpAdapter({
    silenceMsMax: config.QR_WAIT_MS + silenceGraceMs,
    keepAliveMs: config.KEEP_ALIVE_MS,
    connectionsMax,
  });
  const http: FastifyInstance = adapter.getInstance();
  const traffic = new Traffic(http, log, new Proxies(config.TRUST_PROXY));
  allowOrigins(http, config.STOREFRONT_ORIGINS);
  servePages(http, config);
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(config), adapter, {
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(app.get(SignInGuard));
  if (config.AUTH_JWT_SECRET && Buffer.byteLength(config.AUTH_JWT_SECRET) < secretBytesMin) {
    log.warn(`AUTH_JWT_SECRET is shorter than the ${secretBytesMin} bytes that HS256 needs`);
  }
  const place = { port: config.PORT, host: config.HOST };
  await untaken('PORT', place, app.listen({ ...place, backlog: backlogMax }));
  const url = await app.getUrl();
  // Payers come through a proxy; every gateway behind it would name another place.
  if (!config.DEMO && config.PUBLIC_URL === undefined) {
    const { port } = http.server.address() as AddressInfo;
    log.warn(`PUBLIC_URL is not set: pay_url leads payers to ${config.publicUrlAt(port)}`);
  }
  log.info({ url }, 'listening');
  return { url, close: () => traffic.drain(() => app.close(), drainMsMax) };
}
