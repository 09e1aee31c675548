import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Log } from '@saoma/platform/log';
import { untaken } from '@saoma/platform/taken';
import { TurnableClock } from './clock';
import type { SandboxSetup } from './config';
import { ControlController } from './control/control.controller';
import { ErrorFilter } from './control/error.filter';
import { V2Controller } from './front/v2.controller';
import { V3Controller } from './front/v3.controller';
import { BookController } from './pages/book.controller';
import { HelpController } from './pages/help.controller';
import { PhoneController } from './phone/phone.controller';
import { Sandbox } from './sandbox';

const bodyBytesMax = 262_144;

const doors = [V2Controller, V3Controller, ControlController];
const pages = [PhoneController, BookController, HelpController];

@Module({})
class SandboxModule {
  static of(sandbox: Sandbox): DynamicModule {
    return {
      module: SandboxModule,
      controllers: [...doors, ...pages],
      providers: [{ provide: Sandbox, useValue: sandbox }],
    };
  }
}

/** A sandbox that listens. */
export interface RunningSandbox {
  readonly sandbox: Sandbox;
  /** Where it is, without a slash at the end: `http://127.0.0.1:9100`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a sandbox; without a clock of its own it lives in real time. */
export async function startSandbox(
  config: SandboxSetup,
  log: Log,
  clock = new TurnableClock(),
): Promise<RunningSandbox> {
  const sandbox = new Sandbox(config, clock, log);
  try {
    await sandbox.open();
    const running = await listen(sandbox);
    sandbox.resume();
    return running;
  } catch (error) {
    // A book that could not be read stays as it is, and its file is free again.
    await sandbox.close();
    throw error;
  }
}

async function listen(sandbox: Sandbox): Promise<RunningSandbox> {
  const { config, log } = sandbox;
  const adapter = new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    ...(config.tls && {
      https: {
        cert: config.tls.cert,
        key: config.tls.key,
        ...(config.tls.clientCa && {
          ca: config.tls.clientCa,
          requestCert: true,
          // A client without one is refused only where one is needed.
          rejectUnauthorized: false,
        }),
      },
    }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(SandboxModule.of(sandbox), adapter, {
    bodyParser: false,
    abortOnError: false,
  });
  readRawBodies(app);
  if (config.file !== undefined) answerWhenKept(app, sandbox);
  app.useGlobalFilters(new ErrorFilter(log));
  await untaken('PORT', config, app.listen(config.port, config.host));
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `${config.tls ? 'https' : 'http'}://${host}:${port}`;
  log.info({ url }, 'listening');
  return {
    sandbox,
    url,
    async close() {
      await app.close();
      await sandbox.close();
    },
  };
}

/** Every body is bytes here, whatever its content type says: signatures are about bytes. */
function readRawBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Fastify would answer one that is no media type by itself, with 415.
  fastify.addHook('onRequest', async ({ raw }) => {
    delete raw.headers['content-type'];
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

/**
 * Nothing is answered that the book's file does not have, on the control plane and the pages; what
 * WeChat itself answers goes another way, to the same end.
 */
function answerWhenKept(app: NestFastifyApplication, { keeper }: Sandbox): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', async ({ method }, reply, payload) => {
    if (method !== 'GET') keeper.changed();
    if (await keeper.kept()) return payload;
    reply.code(500).removeHeader('location').type('application/json; charset=utf-8');
    return JSON.stringify({ error: 'the book could not be written to its file: see the log' });
  });
}
