import { Logger } from '@nestjs/common';
import {
  catchError,
  defer,
  finalize,
  mergeMap,
  type Observable,
  TimeoutError,
  takeUntil,
  throwError,
  timeout,
} from 'rxjs';
import { Complaints } from '../complaints';
import type { InstanceAddress } from './addresses';
import { Unsent } from './call';
import { Line, probeMsMax, type Terms } from './line';
import { isNotNow, probePattern } from './socket';
import type { RpcTls } from './tls';
import { tlsTrouble } from './tls-trouble';

/** How often an open connection is probed; and an instance that is left out, for its return. */
const probeEveryMs = 1_000;
/** An instance that has not answered a probe for so long is left out, if there are others. */
const leftOutMsMax = 800;

/** Of how much use an instance is: those with the least number are called. */
export const standings = { well: 0, notNow: 1, away: 2 } as const;
type Standing = (typeof standings)[keyof typeof standings];

/** The other instances, as one of them sees them. */
interface Others {
  /** There are none: then this one is called, whatever is known of it. */
  readonly isAlone: boolean;
  /** Hears that one is of no use. */
  onTrouble(): void;
}

const itself = { message: 'it stops, or what it needs is away' };

const complaints = new Complaints(new Logger('rpc'));

/**
 * The way to one instance of a service. A connection can live and yet lead nowhere: its peer is
 * frozen, or a firewall has forgotten it. So an open one is probed, and after a probe or a call
 * without an answer the next call takes a new connection, to the address that the name has by then.
 * After a call without an answer the others may still get theirs; after a probe without one they
 * end. Where there are other instances, one that owes an answer to a probe is left out before that:
 * its streams end, and what can be done elsewhere does.
 */
export class Connection {
  standing: Standing = standings.well;
  private line: Line;
  private readonly prober: NodeJS.Timeout;
  private probing = false;

  constructor(
    readonly address: InstanceAddress,
    private readonly others: Others,
    private readonly tls?: RpcTls,
  ) {
    this.line = this.newLine();
    this.prober = setInterval(() => this.lookAfter(), probeEveryMs);
    this.prober.unref();
  }

  /** Calls that wait for an answer; a stream is no work while it is silent. */
  get waiting(): number {
    return this.line.waitingCalls;
  }

  /** Makes one call, which ends within `limitMsMax`. Rejects as that of a line does. */
  async call(pattern: string, data: unknown, terms: Terms): Promise<unknown> {
    const { line } = this;
    this.enter(line);
    try {
      return await line.call(pattern, data, terms);
    } catch (error) {
      this.learn(line, error);
      throw error;
    } finally {
      this.leave(line);
    }
  }

  /** Asks for a stream; `eachMsMax` is how long it may be silent. */
  stream(pattern: string, data: unknown, eachMsMax: number): Observable<unknown> {
    return defer(() => {
      const { line } = this;
      this.enter(line);
      const lost = line.givenUp.pipe(mergeMap(() => throwError(() => new TimeoutError())));
      return line.stream(pattern, data).pipe(
        timeout({ each: eachMsMax }),
        takeUntil(lost),
        catchError((error) => {
          this.learn(line, error);
          throw error;
        }),
        finalize(() => this.leave(line)),
      );
    });
  }

  /** The name leads there by now: a connection to elsewhere takes no new call. */
  leadsTo(ip: string | undefined): void {
    if (ip !== undefined && this.line.ip !== undefined && this.line.ip !== ip) {
      this.giveUp(this.line);
    }
  }

  /** Takes no new call, and finishes what is under way. */
  retire(): void {
    clearInterval(this.prober);
    this.giveUp(this.line);
  }

  close(): void {
    clearInterval(this.prober);
    this.line.close();
  }

  private newLine(): Line {
    const line = new Line(this.address, this.tls);
    line.peerLeaves.subscribe(() => {
      this.become(standings.notNow, itself);
      this.replace(line);
    });
    return line;
  }

  private lookAfter(): void {
    const isLeftOut = this.standing !== standings.well && !this.others.isAlone;
    if (this.line.isOpen || this.line.inFlight > 0 || isLeftOut) this.probe();
  }

  private probe(): void {
    if (this.probing) return;
    this.probing = true;
    const { line } = this;
    const before = line.bytesRead;
    // A process that stood still first hears what has arrived meanwhile.
    const unlessHeard = (then: () => void) => () =>
      setImmediate(() => line.bytesRead === before && then());
    const timer = setTimeout(
      unlessHeard(() => this.leaveOut(line)),
      leftOutMsMax,
    );
    const hear = () => {
      this.probing = false;
      clearTimeout(timer);
    };
    const late = unlessHeard(() => {
      this.giveUp(line);
      line.lose();
    });
    line.call(probePattern, {}, { limitMsMax: probeMsMax }).then(
      (answer) => {
        hear();
        this.become(isNotNow(answer) ? standings.notNow : standings.well, itself);
      },
      (error) => {
        hear();
        // A refusal is an answer too.
        if (reasonOf(error) instanceof TimeoutError) late();
        if (error instanceof Unsent) this.become(standings.away, error.cause);
      },
    );
  }

  /** Others are called from now on. What they cannot do goes on here to the end of its time. */
  private leaveOut(line: Line): void {
    if (this.others.isAlone) return;
    this.become(standings.away, { code: 'ETIMEDOUT', message: 'it does not answer' });
    this.giveUp(line);
    line.loseMovable();
  }

  private become(standing: Standing, why?: unknown): void {
    const isNews = standing !== this.standing;
    this.standing = standing;
    if (standing === standings.well) return;
    this.others.onTrouble();
    if (!isNews || this.others.isAlone) return;
    const { host, port } = this.address;
    complaints.tell(`the instance at ${host}:${port} is left out`, tlsTrouble(why));
    // Streams are asked for again, and then elsewhere.
    this.line.givenUp.next();
  }

  /** What the failure of a call says of the instance. */
  private learn(line: Line, error: unknown): void {
    if (reasonOf(error) instanceof TimeoutError) this.giveUp(line);
    if (error instanceof Unsent) this.become(standings.away, error.cause);
  }

  private giveUp(line: Line): void {
    line.givenUp.next();
    this.replace(line);
  }

  /** The next call takes a new one; what is under way on this one may end there. */
  private replace(line: Line): void {
    if (line === this.line) this.line = this.newLine();
    if (line.inFlight === 0) line.close();
  }

  private enter(line: Line): void {
    line.inFlight += 1;
    // Who can call others does not wait for long until it is open.
    if (!line.isOpen && !this.others.isAlone) this.probe();
  }

  private leave(line: Line): void {
    line.inFlight -= 1;
    if (line !== this.line && line.inFlight === 0) line.close();
  }
}

export const reasonOf = (error: unknown) => (error instanceof Unsent ? error.cause : error);
