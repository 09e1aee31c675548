import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  type Call,
  type Method,
  type MethodName,
  type Output,
  patternOf,
  type Service,
} from '@saoma/contracts/define';
import { AppError, isErrorCode, type WireError } from '@saoma/contracts/errors';
import { catchError, map, type Observable, TimeoutError, throwError } from 'rxjs';
import { Complaints } from '../complaints';
import type { TcpAddress } from '../config';
import { Gate } from '../gate';
import { inSpan } from '../traces/spans';
import { Addresses } from './addresses';
import { Instances } from './instances';
import { expectCalls, outcomeOf, rpcMetrics } from './rpc-metrics';
import type { RpcTls } from './tls';
import { tlsTrouble } from './tls-trouble';

/**
 * Lists under way of one client at once; their answers have at most some hundred KiB each. Whoever
 * finds no place in the line, or waits in it for too long, is told that the service is busy.
 */
const listLimits = { inFlightMax: 8, lineMax: 500, lineMsMax: 5_000 };

/**
 * The calls of a contract as methods. One answer is a promise, which costs less than an observable
 * and begins without being listened to; a stream is an observable, which its reader can end.
 */
type Calls<S extends Service> = {
  [N in MethodName<S>]: (
    input: Call<S, N>,
  ) => S['methods'][N] extends { stream: true } ? Observable<Output<S, N>> : Promise<Output<S, N>>;
};

/** Of all its instances, or its only one. */
type Whereabouts = TcpAddress | readonly TcpAddress[];
type ClientClass<S extends Service> = new (
  addresses: Whereabouts,
  tls?: RpcTls,
) => Calls<S> & OnApplicationShutdown;

/** Of all clients of this process: two that ask the same service have one trouble. */
const complaints = new Complaints(new Logger('rpc'));

/**
 * The typed client of a contract: `class OrderClient extends ClientOf(orderService) {}`. Every call
 * ends within the contract's limit and fails only with an AppError; `service/unavailable` means
 * that nobody knows whether the call was carried out. The next call makes a lost connection anew.
 * Of several instances those that answer share the calls; a call is made again at another one if it
 * certainly was not carried out, or is `repeatable`. Lists have connections and a line of their
 * own: however many are asked for, other calls go on. On its way a call meets `Instances`, which
 * choose one and repeat; `Instance`, which knows how that one is; `Connection`; and `WaitingCall`.
 */
export function ClientOf<S extends Service>(contract: S): ClientClass<S> {
  class Client implements OnApplicationShutdown {
    private readonly addresses: Addresses;
    private readonly instances: Instances;
    private readonly listInstances: Instances;
    /** @internal */
    readonly lists = new Gate(listLimits);

    constructor(addresses: Whereabouts, tls?: RpcTls) {
      this.addresses = new Addresses([addresses].flat());
      this.instances = new Instances(this.addresses, tls);
      this.listInstances = new Instances(this.addresses, tls);
      const { methods } = contract;
      const counted = Object.keys(methods).filter((name) => !methods[name]?.stream);
      expectCalls(
        'called',
        counted.map((name) => patternOf(contract, name)),
      );
    }

    /** @internal */
    async call(pattern: string, method: Method, input: unknown): Promise<unknown> {
      const instances = method.list ? this.listInstances : this.instances;
      const startedMs = performance.now();
      const count = (outcome: ReturnType<typeof outcomeOf>) => {
        const seconds = (performance.now() - startedMs) / 1_000;
        rpcMetrics.called.add({ method: pattern, outcome });
        rpcMetrics.calledSeconds.add({ method: pattern }, seconds);
      };
      let answer: unknown;
      try {
        const work = { kind: 'client', name: pattern } as const;
        answer = await inSpan(work, () => instances.call(pattern, input, method));
      } catch (error) {
        count(outcomeOf(error));
        throw asAppError(pattern, error);
      }
      count('ok');
      return method.output.parse(answer);
    }

    /** @internal */
    stream(pattern: string, method: Method, input: unknown): Observable<unknown> {
      return this.instances.stream(pattern, input, method.limitMsMax).pipe(
        catchError((error) => throwError(() => asAppError(pattern, error))),
        map((answer) => method.output.parse(answer)),
      );
    }

    onApplicationShutdown(): void {
      this.addresses.close();
      this.instances.close();
      this.listInstances.close();
    }
  }
  for (const [name, method] of Object.entries(contract.methods)) {
    const pattern = patternOf(contract, name);
    Object.defineProperty(Client.prototype, name, {
      value(this: Client, input: unknown) {
        if (method.stream) return this.stream(pattern, method, input);
        const call = () => this.call(pattern, method, input);
        return method.list ? this.lists.run(call) : call();
      },
    });
  }
  return Client as unknown as ClientClass<S>;
}

/** What a failed call is for its caller. Why a service cannot be had is told to the log as well. */
function asAppError(pattern: string, error: unknown): AppError {
  const wire = error as Partial<WireError> | null;
  if (typeof wire === 'object' && isErrorCode(wire?.code)) {
    const { code, detail, issues } = wire as WireError;
    // Its own log has told why.
    return new AppError(code, { detail, issues, cause: error });
  }
  const isSilent = error instanceof TimeoutError;
  const [service] = pattern.split('.');
  const trouble = `the ${service} service ${isSilent ? 'does not answer' : 'cannot be reached'}`;
  const silence = { code: 'ETIMEDOUT', message: `${pattern} was not answered in time` };
  complaints.tell(trouble, isSilent ? silence : tlsTrouble(error));
  return new AppError('service/unavailable', { detail: trouble, cause: error });
}
