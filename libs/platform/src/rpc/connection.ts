import { ClientTCP } from '@nestjs/microservices';
import {
  catchError,
  defer,
  EMPTY,
  finalize,
  firstValueFrom,
  merge,
  mergeMap,
  type Observable,
  Subject,
  TimeoutError,
  takeUntil,
  throwError,
  timeout,
} from 'rxjs';
import type { TcpAddress } from '../config';
import { NoDelaySocket, probePattern } from './socket';

/** How often an open connection is probed. */
const probeEveryMs = 1_000;
/** A connection whose peer has not answered a probe for so long is of no use. */
const probeMsMax = 2_000;

/** One connection, and the calls that are under way on it. */
class Line extends ClientTCP {
  /** Ends the streams of a line that is given up; its calls go on to the end of their time. */
  readonly givenUp = new Subject<void>();
  /** Ends everything on it: its peer answers nothing any more. */
  readonly dead = new Subject<void>();
  isOpen = false;
  inFlight = 0;

  constructor(address: TcpAddress) {
    super({ ...address, socketClass: NoDelaySocket });
    this.status.subscribe((status) => {
      this.isOpen = status === 'connected';
    });
  }

  /** What has been heard on it so far. */
  get bytesRead(): number {
    return this.socket?.netSocket.bytesRead ?? 0;
  }

  /** Whoever calls hears of it, and tells the log once; Nest would tell it every time. */
  override handleError(): void {}

  /** A peer that has gone without a word never answers an orderly end. */
  override close(): void {
    this.socket?.netSocket.destroy();
    super.close();
  }
}

/**
 * The way to a service. A connection can live and yet lead nowhere: its peer is frozen, or a
 * firewall has forgotten it. So an open one is probed, and after a probe or a call without an
 * answer the next call takes a new connection, to the address that the name has by then. What is
 * under way on the old one is never repeated. After a call without an answer the others may still
 * get theirs; after a probe without one they end.
 */
export class Connection {
  private line: Line;
  private readonly prober: NodeJS.Timeout;
  private probing = false;

  constructor(private readonly address: TcpAddress) {
    this.line = new Line(address);
    this.prober = setInterval(() => this.probe(), probeEveryMs);
    this.prober.unref();
  }

  /** Sends one call; `limit` is how long it may wait for its first answer, or for each. */
  send(
    call: { readonly pattern: string; readonly data: unknown; readonly isStream: boolean },
    limit: { first: number; each?: number },
  ): Observable<unknown> {
    return defer(() => {
      const { line } = this;
      line.inFlight += 1;
      const end = call.isStream ? merge(line.givenUp, line.dead) : line.dead;
      const lost = end.pipe(mergeMap(() => throwError(() => new TimeoutError())));
      return line.send<unknown>(call.pattern, call.data).pipe(
        timeout(limit),
        takeUntil(lost),
        catchError((error) => {
          if (error instanceof TimeoutError) this.giveUp(line);
          throw error;
        }),
        finalize(() => this.leave(line)),
      );
    });
  }

  close(): void {
    clearInterval(this.prober);
    this.line.close();
  }

  private probe(): void {
    const { line } = this;
    if (!line.isOpen || this.probing) return;
    this.probing = true;
    const before = line.bytesRead;
    // A process that stood still first hears what has arrived meanwhile.
    const late = () =>
      setImmediate(() => {
        if (line.bytesRead !== before) return;
        this.giveUp(line);
        line.dead.next();
      });
    // A refusal is an answer too, for instance of a service that is shutting down.
    const answer = line.send<unknown>(probePattern, {}).pipe(
      timeout(probeMsMax),
      catchError((error) => {
        if (error instanceof TimeoutError) late();
        return EMPTY;
      }),
    );
    firstValueFrom(answer, { defaultValue: undefined }).finally(() => {
      this.probing = false;
    });
  }

  private giveUp(line: Line): void {
    if (line === this.line) this.line = new Line(this.address);
    line.givenUp.next();
    if (line.inFlight === 0) line.close();
  }

  private leave(line: Line): void {
    line.inFlight -= 1;
    if (line !== this.line && line.inFlight === 0) line.close();
  }
}
