import { setImmediate } from 'node:timers/promises';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Logger,
  UseFilters,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { MessagePattern, type TcpContext } from '@nestjs/microservices';
import {
  type Input,
  type MethodName,
  type Methods,
  patternOf,
  type Service,
} from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import { type Observable, throwError } from 'rxjs';
import type { z } from 'zod';
import { checked } from '../checked';
import { tellUnavailable } from '../unavailable';

type Answer<M extends Methods[string]> = M extends { stream: true }
  ? Observable<z.input<M['output']>>
  : Promise<z.input<M['output']>> | z.input<M['output']>;

/** What a class must have to serve a contract: one method for each of the contract's. */
export type Handlers<S extends Service> = {
  [N in MethodName<S>]: (input: Input<S, N>) => Answer<S['methods'][N]>;
};

/**
 * Makes a class the server of a contract. A missing or misfit method does not compile; what arrives
 * is checked against the contract before the method sees it.
 */
export function Serves<S extends Service>(contract: S) {
  return (target: new (...args: never[]) => Handlers<S>): void => {
    for (const [name, method] of Object.entries(contract.methods)) {
      const descriptor = Object.getOwnPropertyDescriptor(target.prototype, name);
      if (!descriptor) throw new Error(`${target.name} lacks the method ${name}`);
      const { value: handle } = descriptor;
      const value = function (this: object, input: unknown, context: TcpContext) {
        const work = () => handle.call(this, checked(method.input, input));
        return method.whileAwaited ? whileAwaited(context, work) : work();
      };
      const served = { ...descriptor, value };
      Object.defineProperty(target.prototype, name, served);
      MessagePattern(patternOf(contract, name))(target.prototype, name, served);
      // Nest finds no parameter here, so that it calls the method with what has come: to take one
      // through its pipes it makes ten promises in each call.
      Reflect.defineMetadata(ROUTE_ARGS_METADATA, {}, target, name);
    }
    UseFilters(new RpcErrorFilter())(target);
    Controller()(target);
  };
}

/**
 * Does the work only if its caller is still there. A process that stood still hears first who has
 * left: within two turns of the event loop.
 */
async function whileAwaited<T>(context: TcpContext, work: () => T): Promise<Awaited<T>> {
  await setImmediate();
  await setImmediate();
  const { netSocket } = context.getSocketRef();
  if (netSocket.readableEnded || netSocket.destroyed) {
    throw new AppError('service/unavailable', { detail: 'its caller has left' });
  }
  return await work();
}

/** Sends the errors that callers are meant to see; logs all others whole, here and only here. */
@Catch()
class RpcErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('rpc');

  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    const known = error instanceof AppError ? error : new AppError('service/bug');
    if (known.code === 'service/bug') this.logger.error(error);
    tellUnavailable(known);
    return throwError(() => known.toWire());
  }
}
