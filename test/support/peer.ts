import { NestFactory } from '@nestjs/core';
import type { Call, MethodName, Output, Service } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { Serves } from '@saoma/platform/rpc/serves';
import type { Observable } from 'rxjs';

type MaybePromise<T> = T | Promise<T>;

/** What a peer does when it is called; a method that a spec does not name is out of order. */
export type Handlers<S extends Service> = {
  [N in MethodName<S>]?: (
    input: Call<S, N>,
  ) => S['methods'][N] extends { stream: true }
    ? Observable<Output<S, N>>
    : MaybePromise<Output<S, N>>;
};

/** The other end of somebody's calls: a real RPC server over TCP with a spec's handlers. */
export class Peer {
  private app: { close(): Promise<unknown> } | undefined;

  constructor(
    private readonly contract: Service,
    private readonly handlers: object,
    readonly port: number,
  ) {}

  async start(): Promise<void> {
    const handlers = this.handlers as Record<string, (input: unknown) => unknown>;
    class Controller {}
    for (const name of Object.keys(this.contract.methods)) {
      const value = (input: unknown) => {
        const handler = handlers[name];
        if (!handler) throw new AppError('service/unavailable', { detail: `no ${name}` });
        return handler(input);
      };
      const place = { value, writable: true, configurable: true };
      Object.defineProperty(Controller.prototype, name, place);
    }
    Serves(this.contract)(Controller as never);
    const module = { module: class {}, controllers: [Controller] };
    const app = await NestFactory.createMicroservice(module, {
      strategy: new DrainingServer({ host: '127.0.0.1', port: this.port }),
      abortOnError: false,
    });
    await app.listen();
    this.app = app;
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = undefined;
  }
}
