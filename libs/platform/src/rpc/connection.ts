import { ClientTCP, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import {
  catchError,
  defer,
  finalize,
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
  /** Ends them as well. */
  readonly dead = new Subject<void>();
  isOpen = false;
  inFlight = 0;
  private callsMade = 0;
  /** What ends each call that waits for its answer. */
  private readonly losses = new Set<() => void>();

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

  /**
   * One call. Nest's `send` does the same by an observable, at the price of half the hop. Rejects
   * with a TimeoutError if no answer comes within `limitMsMax`, or the line is dead.
   */
  call(pattern: string, data: unknown, limitMsMax: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let forget: (() => void) | undefined;
      const end = () => {
        clearTimeout(timer);
        this.losses.delete(lose);
        forget?.();
      };
      const lose = (error: unknown = new TimeoutError()) => {
        end();
        reject(error);
      };
      const hear = ({ err, response }: WritePacket) => {
        if (err) return lose(err);
        if (response === undefined) return lose(new Error('it ended without an answer'));
        end();
        resolve(response);
      };
      const timer = setTimeout(lose, limitMsMax);
      this.losses.add(lose);
      this.connect().then(() => {
        if (this.losses.has(lose)) forget = this.publish({ pattern, data }, hear);
      }, lose);
    });
  }

  /** Ends what is under way: its peer answers nothing any more. */
  lose(): void {
    this.dead.next();
    for (const lose of [...this.losses]) lose();
  }

  /** Numbers do: they tell the calls of this one connection apart. */
  protected override assignPacketId(packet: ReadPacket) {
    this.callsMade += 1;
    return Object.assign(packet, { id: String(this.callsMade) });
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

  /** Makes one call, which ends within `limitMsMax`. */
  async call(pattern: string, data: unknown, limitMsMax: number): Promise<unknown> {
    const { line } = this;
    line.inFlight += 1;
    try {
      return await line.call(pattern, data, limitMsMax);
    } catch (error) {
      if (error instanceof TimeoutError) this.giveUp(line);
      throw error;
    } finally {
      this.leave(line);
    }
  }

  /** Asks for a stream; `eachMsMax` is how long it may be silent. */
  stream(pattern: string, data: unknown, eachMsMax: number): Observable<unknown> {
    return defer(() => {
      const { line } = this;
      line.inFlight += 1;
      const end = merge(line.givenUp, line.dead);
      const lost = end.pipe(mergeMap(() => throwError(() => new TimeoutError())));
      return line.send<unknown>(pattern, data).pipe(
        timeout({ each: eachMsMax }),
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
        line.lose();
      });
    const hear = (error?: unknown) => {
      this.probing = false;
      // A refusal is an answer too, for instance of a service that is shutting down.
      if (error instanceof TimeoutError) late();
    };
    line.call(probePattern, {}, probeMsMax).then(() => hear(), hear);
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
