import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ClientTCP, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Method } from '@saoma/contracts/define';
import { defer, mergeMap, type Observable, Subject } from 'rxjs';
import { currentTrace, untraced } from '../traces/trace';
import type { InstanceAddress } from './addresses';
import { Unsent, WaitingCall } from './call';
import { probePattern, RpcSocket } from './socket';
import type { RpcTls } from './tls';

/** How long a caller waits, and whether it may ask again when the answer is lost. */
export type Terms = Pick<Method, 'limitMsMax' | 'repeatable'>;

/** A probe without an answer for so long says that the peer is silent. */
export const probeMsMax = 2_000;

/** One connection, and the calls that are under way on it. */
export class Connection extends ClientTCP {
  /** Ends its streams; its calls go on to the end of their time. */
  readonly endStreams = new Subject<void>();
  /** Its peer says unasked that it is about to leave: it takes no new call on any connection. */
  readonly peerLeaves = new Subject<void>();
  /** Its peer has answered on it. */
  isOpen = false;
  /**
   * Calls and streams that are under way, as `Instance` counts them: it closes a connection that it
   * has left when none is.
   */
  inFlight = 0;
  private callsMade = 0;
  private readonly waiting = new Set<WaitingCall>();
  private readonly onEnd = (call: WaitingCall) => this.waiting.delete(call);
  private greeting: Promise<void> | undefined;

  constructor(
    { host, port, name }: InstanceAddress,
    private readonly tls: RpcTls | undefined,
  ) {
    super({ host, port, socketClass: RpcSocket, tlsOptions: tls?.towards(name) });
    this.status.subscribe((status) => {
      if (status !== 'disconnected') return;
      this.isOpen = false;
      this.greeting = undefined;
    });
  }

  get waitingCalls(): number {
    return this.waiting.size;
  }

  /** What has been heard on it so far. */
  get bytesRead(): number {
    return this.socket?.netSocket.bytesRead ?? 0;
  }

  /** The address that it is connected with, if it is. */
  get ip(): string | undefined {
    return this.isOpen ? this.socket?.netSocket.remoteAddress : undefined;
  }

  /**
   * One call, and what comes back: see `WaitingCall`. Nest's `send` does the same by an observable,
   * at the price of half the hop.
   */
  call(pattern: string, data: unknown, { limitMsMax, repeatable }: Terms): Promise<unknown> {
    // A service that does not know this member leaves it unread.
    const frame = { pattern, data, traceparent: currentTrace() };
    const call = new WaitingCall(limitMsMax, this.onEnd);
    this.waiting.add(call);
    this.open().then(
      () => call.send((hear) => this.publish(frame, hear), repeatable === true),
      (error) => call.lose(error),
    );
    return call.answer;
  }

  /** A stream. Fails with Unsent around the reason if it was not asked for. */
  stream(pattern: string, data: unknown): Observable<unknown> {
    const open = defer(() => this.open().catch((error) => Promise.reject(new Unsent(error))));
    return open.pipe(mergeMap(() => this.send<unknown>(pattern, data)));
  }

  /** Ends the calls that are under way: its peer answers nothing any more. */
  lose(): void {
    for (const call of [...this.waiting]) call.lose();
  }

  /** Ends what may be made elsewhere. */
  loseMovable(): void {
    for (const call of [...this.waiting]) if (call.canMove) call.lose();
  }

  /**
   * What comes back; and one thing unasked, under an id that no call has: the peer will soon leave.
   * It is told that this is known, since it waits to hear that nothing more follows.
   */
  override handleResponse(message: unknown): Promise<void> {
    if ((message as WritePacket & { id?: unknown }).id !== probePattern) {
      return super.handleResponse(message);
    }
    this.peerLeaves.next();
    if (!this.isOpen) return Promise.resolve();
    const told = this.call(probePattern, { told: true }, { limitMsMax: probeMsMax });
    return told.then(
      () => undefined,
      () => undefined,
    );
  }

  /**
   * A connection can be made with a service that has gone, or with a proxy that has none behind it:
   * so a probe goes first, and what is lost before its answer was not sent.
   */
  private open(): Promise<void> {
    return this.connect().then(() => {
      this.greeting ??= this.greet();
      return this.greeting;
    });
  }

  private greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.publish({ pattern: probePattern, data: {} }, ({ err }) => {
        // A refusal is an answer too.
        if (err instanceof Error) return reject(err);
        this.isOpen = true;
        resolve();
      });
    });
  }

  /** What a connection says later belongs to no trace of those who use it. */
  override connect(): Promise<unknown> {
    return this.socket ? super.connect() : untraced(() => super.connect());
  }

  /**
   * Nest draws a random id for each call. A number tells the calls of this one connection apart as
   * well, costs less, and is never the id of a probe.
   */
  protected override assignPacketId(packet: ReadPacket) {
    this.callsMade += 1;
    return Object.assign(packet, { id: String(this.callsMade) });
  }

  /** With TLS it is open when each end believes the other: before that no byte of a call leaves. */
  protected override connect$(socket: Socket): Observable<unknown> {
    this.tls?.begin(socket as TLSSocket);
    return super.connect$(socket, 'error', this.tls ? 'secureConnect' : 'connect');
  }

  /** Whoever calls hears of it, and tells the log once; Nest would tell it every time. */
  override handleError(): void {}

  /** A peer that has gone without a word never answers an orderly end. */
  override close(): void {
    this.socket?.netSocket.destroy();
    super.close();
  }
}
