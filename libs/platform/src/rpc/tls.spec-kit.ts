import type { Server as NetServer, Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { pino } from 'pino';
import { NEVER, type Observable, startWith } from 'rxjs';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { type Identity, TestCa, TlsFolder } from '../../../../test/support/rpc-tls';
import { until } from '../../../../test/support/until';
import { createLog, useNestLog } from '../log';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';
import { RpcTls } from './tls';

const text = z.string();
const shape = { summary: 'Part of a test.', input: text, output: text, limitMsMax: 20_000 };
const echo = service('echo', {
  say: shape,
  all: { ...shape, list: true },
  tell: { ...shape, stream: true },
});

class EchoClient extends ClientOf(echo) {}

/** What echo was asked to say, and the log was told; since `hearLog`. */
export const said: string[] = [];
export const lines: { readonly msg: string }[] = [];

@Serves(echo)
class EchoController {
  say(words: string): string {
    said.push(words);
    return words;
  }

  all(words: string): string {
    return words;
  }

  tell(words: string): Observable<string> {
    return NEVER.pipe(startWith(words));
  }
}

/** A server with its files, in this process; `tls` undefined: without TLS. */
export class Echo {
  private app!: Awaited<ReturnType<typeof NestFactory.createMicroservice>>;
  private readonly clients: EchoClient[] = [];
  server!: DrainingServer;
  port = 0;

  constructor(readonly tls: RpcTls | undefined) {}

  async start(): Promise<this> {
    this.port = await freePort();
    this.server = new DrainingServer({ host: '127.0.0.1', port: this.port }, this.tls);
    const module = { module: class {}, controllers: [EchoController] };
    this.app = await NestFactory.createMicroservice(module, {
      strategy: this.server,
      abortOnError: false,
    });
    await this.app.listen();
    return this;
  }

  client(tls: RpcTls | undefined, host = '127.0.0.1'): EchoClient {
    const client = new EchoClient({ host, port: this.port }, tls);
    this.clients.push(client);
    return client;
  }

  connections(): Promise<number> {
    const server = this.server.unwrap<NetServer>();
    return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.onApplicationShutdown();
    await this.app.close();
  }
}

export const ca = new TestCa('ours');
export const foreign = new TestCa('another one');
export const good = ca.identity();
export const tlsOf = (identity: Identity) => new RpcTls(new TlsFolder(identity).env);
export const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

export const isTold = (words: RegExp) =>
  until(`${words}`, () => lines.some(({ msg }) => words.test(msg)));

export function hearLog(): void {
  for (const list of [lines, said]) list.length = 0;
  useNestLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
}
export const silenceLog = () => useNestLog(createLog('spec', 'silent'));
