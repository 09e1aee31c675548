import type { Server as NetServer, Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { Logger } from '@nestjs/common';
import { ServerTCP, TcpContext } from '@nestjs/microservices';
import { AppError, isUnavailable, type WireError } from '@saoma/contracts/errors';
import {
  asapScheduler,
  firstValueFrom,
  fromEvent,
  isObservable,
  merge,
  type Observable,
  observeOn,
  ReplaySubject,
  Subject,
  takeUntil,
  tap,
} from 'rxjs';
import { Complaints } from '../complaints';
import type { TcpAddress } from '../config';
import { beginSpan, errorOf, type Span } from '../traces/spans';
import { inTrace } from '../traces/trace';
import { tellUnavailable } from '../unavailable';
import { within } from '../within';
import { privateAddressOf } from './private-address';
import { expectCalls, outcomeOf, rpcMetrics } from './rpc-metrics';
import { notNow, probePattern, RpcSocket } from './socket';
import type { RpcTls } from './tls';

const complaints = new Complaints(new Logger('rpc'));

/** More connections than this are refused: a service has few peers. */
const connectionsMax = 1_000;
/** Work in flight gets this long to finish at shutdown. */
const drainMsMax = 3_500;
/** At shutdown callers get this long to say that they know of it: an older one never does. */
const tellMsMax = 1_500;

/** `handleMessage` is not async: in each call it would make one promise more around `serve`'s. */
const done = Promise.resolve();

/** A call that is carried out. */
interface Serving {
  readonly id: string;
  readonly pattern: string;
  readonly work: () => Promise<unknown>;
  readonly span: Span;
}

/**
 * Nest's TCP server, made safe for money: at shutdown it tells its callers, ends its streams, takes
 * no new call and finishes those in flight; a stream ends with its client; answers wait for a slow
 * reader; and one that cannot be written as JSON fails that call instead of ending the process.
 */
export class DrainingServer extends ServerTCP {
  /** Also ends a stream that begins when it has told already. */
  private readonly stopping = new ReplaySubject<void>(1);
  private readonly drained = new Subject<void>();
  /** Callers that have still to be told, or to hear, that this service leaves. */
  private readonly callers = new Set<RpcSocket>();
  private readonly allKnow = new Subject<void>();
  private inFlight = 0;
  private closing = false;
  /** Whether what it needs is there: else others should be called, as long as there are any. */
  isWell: () => boolean = () => true;

  constructor(
    address: TcpAddress,
    private readonly tls?: RpcTls,
  ) {
    super({ ...address, socketClass: RpcSocket, tlsOptions: tls?.serverOptions });
    this.unwrap<NetServer>().maxConnections = connectionsMax;
    tls?.serve(this.unwrap<TlsServer>());
  }

  /** Nest reports only a taken port; whatever else keeps us from listening fails the start too. */
  override listen(callback: (error?: unknown) => void): void {
    expectCalls('served', this.messageHandlers.keys());
    const server = this.unwrap<NetServer>().once('error', callback);
    const address = this.tls ? Promise.resolve(this.host) : privateAddressOf(this.host);
    address.then((host) => server.listen(this.port, host, callback), callback);
  }

  /** As Nest's, but why a connection broke off keeps the words and the code that it came with. */
  override bindHandler(socket: Socket): void {
    this.trackOpenSocket(socket);
    const own = this.getSocketInstance(socket) as RpcSocket;
    const onError = (error: unknown) => this.handleError(error);
    own.on('message', (message: unknown) => this.handleMessage(own, message).catch(onError));
    own.on('error', onError);
    this.callers.add(own);
    own.on('close', () => this.forget(own));
  }

  /** What broke off is its caller's trouble, who goes on without it. */
  protected override handleError(error: unknown): void {
    // Whoever starts us hears why we cannot listen.
    if ((error as { syscall?: unknown } | undefined)?.syscall === 'listen') return;
    // Nest's text about what is no frame repeats what was sent.
    const why = typeof error === 'string' ? { message: 'it sent what is no frame' } : error;
    complaints.tell('a call, or the connection of a caller, broke off', why);
  }

  override handleMessage(socket: RpcSocket, rawMessage: unknown): Promise<void> {
    const { id, pattern, data, traceparent } = rawMessage as Record<string, unknown>;
    if (typeof id !== 'string' || typeof pattern !== 'string') {
      // We never send events or nameless frames: whoever does is not one of us.
      socket.netSocket.destroy();
      return done;
    }
    if (pattern === probePattern) {
      if (this.closing && (data as { told?: unknown } | undefined)?.told) this.forget(socket);
      const response = this.closing || !this.isWell() ? notNow : {};
      socket.sendMessage({ id, response, isDisposed: true });
      return done;
    }
    const handler = this.messageHandlers.get(pattern);
    if (this.closing || !handler) {
      if (handler) rpcMetrics.served.add({ method: pattern, outcome: 'unavailable' });
      const why = handler ? 'shutting down' : 'this service has no such method';
      this.fail(socket, id, { code: 'service/unavailable', detail: why, notDone: true });
      return done;
    }
    const span = beginSpan({ kind: 'server', name: pattern }, traceparent);
    const work = () => handler(data, new TcpContext([socket as never, pattern]));
    return inTrace(span.traceparent, () => this.serve(socket, { id, pattern, work, span }));
  }

  private async serve(socket: RpcSocket, serving: Serving): Promise<void> {
    const { id, pattern, work, span } = serving;
    this.inFlight += 1;
    try {
      const answer = await work();
      if (isObservable(answer)) this.stream(socket, id, counted(pattern, answer, span));
      else {
        rpcMetrics.served.add({ method: pattern, outcome: 'ok' });
        span.end();
        await this.reply(socket, id, { response: answer ?? {}, isDisposed: true });
      }
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0) this.drained.next();
    }
  }

  override async close(): Promise<void> {
    this.closing = true;
    this.unwrap<NetServer>().close();
    const known = this.tellCallers();
    this.stopping.next();
    if (this.inFlight > 0) {
      await within(drainMsMax, firstValueFrom(this.drained));
    }
    await known;
    // Answers leave on the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    super.close();
  }

  /** Ends when all callers know: what they have sent until then was done, or refused in words. */
  private async tellCallers(): Promise<void> {
    if (this.callers.size === 0) return;
    for (const caller of this.callers) {
      caller.sendMessage({ id: probePattern, response: notNow, isDisposed: true });
    }
    await within(tellMsMax, firstValueFrom(this.allKnow));
  }

  private forget(caller: RpcSocket): void {
    this.callers.delete(caller);
    if (this.callers.size === 0) this.allKnow.next();
  }

  /** Also the way of errors: Nest hands a failed call over as a stream that throws. */
  private stream(socket: RpcSocket, id: string, values: Observable<unknown>): void {
    // A turn later, so that a call which fails during the stop is still answered with its error.
    const stopping = this.stopping.pipe(observeOn(asapScheduler));
    const end = merge(stopping, fromEvent(socket.netSocket, 'close'));
    this.send(values.pipe(takeUntil(end)), (packet) => this.reply(socket, id, packet));
  }

  private async reply(socket: RpcSocket, id: string, packet: object): Promise<void> {
    try {
      await socket.answer({ ...packet, id });
    } catch (error) {
      if (isUnavailable(error)) {
        const detail = 'too many answers are waiting to be read';
        return this.fail(socket, id, { code: 'service/unavailable', detail });
      }
      this.logger.error(error);
      this.fail(socket, id, { code: 'service/bug' });
    }
  }

  private fail(socket: RpcSocket, id: string, error: WireError): void {
    const known = new AppError(error.code, { detail: error.detail });
    tellUnavailable(known);
    const err: WireError = { ...known.toWire(), notDone: error.notDone };
    socket.sendMessage({ id, err, isDisposed: true });
  }
}

/** A failed call, or a stream, is counted when it ends; not if its caller leaves it. */
function counted<T>(method: string, values: Observable<T>, span: Span): Observable<T> {
  return values.pipe(
    tap({
      complete: () => rpcMetrics.served.add({ method, outcome: 'ok' }),
      error: (error: unknown) => {
        rpcMetrics.served.add({ method, outcome: outcomeOf(error) });
        span.end({ error: errorOf(error) });
      },
      finalize: () => span.end(),
    }),
  );
}
