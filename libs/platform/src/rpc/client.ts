import type { OnApplicationShutdown } from '@nestjs/common';
import { ClientTCP } from '@nestjs/microservices';
import {
  type Call,
  type Method,
  type MethodName,
  type Output,
  patternOf,
  type Service,
} from '@saoma/contracts/define';
import { AppError, isErrorCode, type WireError } from '@saoma/contracts/errors';
import {
  catchError,
  firstValueFrom,
  map,
  type Observable,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { TcpAddress } from '../config';
import { NoDelaySocket } from './socket';

/** The calls of a contract as methods: promises, and for streams observables. */
type Calls<S extends Service> = {
  [N in MethodName<S>]: (
    input: Call<S, N>,
  ) => S['methods'][N] extends { stream: true } ? Observable<Output<S, N>> : Promise<Output<S, N>>;
};

type ClientClass<S extends Service> = new (address: TcpAddress) => Calls<S> & OnApplicationShutdown;

/**
 * The typed client of a contract: `class OrderClient extends ClientOf(orderService) {}`. Every call
 * ends within the contract's limit and fails only with an AppError; `service/unavailable` means
 * that nobody knows whether the call was carried out. The next call makes a lost connection anew.
 */
export function ClientOf<S extends Service>(contract: S): ClientClass<S> {
  class Client implements OnApplicationShutdown {
    private readonly proxy: ClientTCP;

    constructor(address: TcpAddress) {
      this.proxy = new ClientTCP({ ...address, socketClass: NoDelaySocket });
    }

    /** @internal */
    ask(name: string, method: Method, input: unknown): Observable<unknown> {
      const { limitMsMax } = method;
      return this.proxy.send<unknown>(patternOf(contract, name), input).pipe(
        timeout(method.stream ? { first: limitMsMax, each: limitMsMax } : { first: limitMsMax }),
        catchError((error) => throwError(() => asAppError(contract.name, error))),
        map((answer) => method.output.parse(answer)),
      );
    }

    onApplicationShutdown(): void {
      this.proxy.close();
    }
  }
  for (const [name, method] of Object.entries(contract.methods)) {
    Object.defineProperty(Client.prototype, name, {
      value(this: Client, input: unknown) {
        const answers = this.ask(name, method, input);
        if (method.stream) return answers;
        const nothing = () => asAppError(contract.name, new Error('it ended without an answer'));
        return firstValueFrom(answers.pipe(throwIfEmpty(nothing)));
      },
    });
  }
  return Client as unknown as ClientClass<S>;
}

function asAppError(service: string, error: unknown): AppError {
  const wire = error as Partial<WireError> | null;
  if (typeof wire === 'object' && isErrorCode(wire?.code)) {
    return new AppError(wire.code, { detail: wire.detail, issues: wire.issues });
  }
  return new AppError('service/unavailable', {
    detail: `the ${service} service does not answer`,
    cause: error,
  });
}
