import type { Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { NEVER, type Observable, startWith } from 'rxjs';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { createLog, useNestLog } from '../log';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';

const text = z.string();
const shape = { summary: 'Part of a test.', input: text, output: text, limitMsMax: 6_000 };

/** Its methods answer with the name of the instance. */
const echo = service('echo', {
  write: shape,
  read: { ...shape, repeatable: true },
  make: { ...shape, repeatable: true, whileAwaited: true },
  list: { ...shape, repeatable: true, list: true },
  tell: { ...shape, stream: true },
});
export class EchoClient extends ClientOf(echo) {}

/** One instance of the service of a spec, behind a proxy that makes the way to it bad. */
export class EchoInstance {
  /** What was carried out. */
  readonly done: string[] = [];
  /** Calls whose input begins with `hold` wait here for `letGo`. */
  readonly held: (() => void)[] = [];
  isWell = true;
  private app: { close(): Promise<unknown> } | undefined;
  private server: DrainingServer | undefined;

  private constructor(
    readonly name: string,
    readonly address: { readonly host: string; readonly port: number },
    readonly way: TcpProxy,
  ) {}

  static async start(name: string, address?: EchoInstance['address']): Promise<EchoInstance> {
    useNestLog(createLog('spec', 'silent'));
    const at = address ?? { host: '127.0.0.1', port: await freePort() };
    const instance = new EchoInstance(name, at, await TcpProxy.start(at.port));
    await instance.start();
    return instance;
  }

  /** Where it is called through its proxy. */
  get place(): EchoInstance['address'] {
    return { host: '127.0.0.1', port: this.way.port };
  }

  async start(): Promise<void> {
    const answer = (words: string) => this.answer(words);
    const news = (): Observable<string> => NEVER.pipe(startWith(this.name));
    class Controller {
      write(words: string) {
        return answer(words);
      }
      read(words: string) {
        return answer(words);
      }
      make(words: string) {
        return answer(words);
      }
      list(words: string) {
        return answer(words);
      }
      tell(_: string) {
        return news();
      }
    }
    Serves(echo)(Controller);
    this.server = new DrainingServer(this.address);
    this.server.isWell = () => this.isWell;
    const module = { module: class {}, controllers: [Controller] };
    const options = { strategy: this.server, abortOnError: false };
    const app = await NestFactory.createMicroservice(module, options);
    await app.listen();
    this.app = app;
  }

  /** As a service that is asked to stop. */
  async stop(): Promise<void> {
    await this.app?.close();
    this.app = undefined;
  }

  async end(): Promise<void> {
    this.letGo();
    this.way.heal();
    await this.stop();
    await this.way.stop();
  }

  letGo(): void {
    for (const go of this.held.splice(0)) go();
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = this.server?.unwrap<Server>();
      server?.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  private async answer(words: string): Promise<string> {
    this.done.push(words);
    if (words.startsWith('hold')) await new Promise<void>((resolve) => this.held.push(resolve));
    return this.name;
  }
}
