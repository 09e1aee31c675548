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
import { Connection, probeMsMax, type Terms } from './connection';
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
 * One instance of a service, as its callers see it: the connection on which it is called, and those
 * before it that still end. A connection can live and yet lead nowhere: its peer is frozen, or a
 * firewall has forgotten it. So an open one is probed, and after a probe or a call without an
 * answer the next call takes a new connection, to the address that the name has by then. After a
 * call without an answer the others may still get theirs; after a probe without one they end. Where
 * there are other instances, one that owes an answer to a probe is left out before that: its
 * streams end, and what can be done elsewhere does.
 */
export class Instance {
  standing: Standing = standings.well;
  private connection: Connection;
  private readonly prober: NodeJS.Timeout;
  private probing = false;

  constructor(
    readonly address: InstanceAddress,
    private readonly others: Others,
    private readonly tls?: RpcTls,
  ) {
    this.connection = this.newConnection();
    this.prober = setInterval(() => this.lookAfter(), probeEveryMs).unref();
  }

  /** Calls that wait for an answer; a stream is no work while it is silent. */
  get waiting(): number {
    return this.connection.waitingCalls;
  }

  /** Makes one call, which ends within `limitMsMax`. Rejects as that of a connection does. */
  async call(pattern: string, data: unknown, terms: Terms): Promise<unknown> {
    const { connection } = this;
    this.enter(connection);
    try {
      return await connection.call(pattern, data, terms);
    } catch (error) {
      this.learn(connection, error);
      throw error;
    } finally {
      this.leave(connection);
    }
  }

  /** Asks for a stream; `eachMsMax` is how long it may be silent. */
  stream(pattern: string, data: unknown, eachMsMax: number): Observable<unknown> {
    return defer(() => {
      const { connection } = this;
      this.enter(connection);
      const lost = connection.endStreams.pipe(mergeMap(() => throwError(() => new TimeoutError())));
      return connection.stream(pattern, data).pipe(
        timeout({ each: eachMsMax }),
        takeUntil(lost),
        catchError((error) => {
          this.learn(connection, error);
          throw error;
        }),
        finalize(() => this.leave(connection)),
      );
    });
  }

  /** The name leads there by now: a connection to elsewhere takes no new call. */
  leadsTo(ip: string | undefined): void {
    if (ip !== undefined && this.connection.ip !== undefined && this.connection.ip !== ip) {
      this.giveUp(this.connection);
    }
  }

  /** Takes no new call, and finishes what is under way. */
  retire(): void {
    clearInterval(this.prober);
    this.giveUp(this.connection);
  }

  close(): void {
    clearInterval(this.prober);
    this.connection.close();
  }

  private newConnection(): Connection {
    const connection = new Connection(this.address, this.tls);
    connection.peerLeaves.subscribe(() => {
      this.become(standings.notNow, itself);
      this.replace(connection);
    });
    return connection;
  }

  private lookAfter(): void {
    const isLeftOut = this.standing !== standings.well && !this.others.isAlone;
    if (this.connection.isOpen || this.connection.inFlight > 0 || isLeftOut) this.probe();
  }

  private probe(): void {
    if (this.probing) return;
    this.probing = true;
    const { connection } = this;
    const before = connection.bytesRead;
    // A process that stood still first hears what has arrived meanwhile.
    const unlessHeard = (then: () => void) => () =>
      setImmediate(() => connection.bytesRead === before && then());
    const timer = setTimeout(
      unlessHeard(() => this.leaveOut(connection)),
      leftOutMsMax,
    );
    const hear = () => {
      this.probing = false;
      clearTimeout(timer);
    };
    const late = unlessHeard(() => {
      this.giveUp(connection);
      connection.lose();
    });
    connection.call(probePattern, {}, { limitMsMax: probeMsMax }).then(
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
  private leaveOut(connection: Connection): void {
    if (this.others.isAlone) return;
    this.become(standings.away, { code: 'ETIMEDOUT', message: 'it does not answer' });
    this.giveUp(connection);
    connection.loseMovable();
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
    this.connection.endStreams.next();
  }

  /** What the failure of a call says of the instance. */
  private learn(connection: Connection, error: unknown): void {
    if (reasonOf(error) instanceof TimeoutError) this.giveUp(connection);
    if (error instanceof Unsent) this.become(standings.away, error.cause);
  }

  private giveUp(connection: Connection): void {
    connection.endStreams.next();
    this.replace(connection);
  }

  /** The next call takes a new one; what is under way on this one may end there. */
  private replace(connection: Connection): void {
    if (connection === this.connection) this.connection = this.newConnection();
    if (connection.inFlight === 0) connection.close();
  }

  private enter(connection: Connection): void {
    connection.inFlight += 1;
    // Who can call others does not wait for long until it is open.
    if (!connection.isOpen && !this.others.isAlone) this.probe();
  }

  private leave(connection: Connection): void {
    connection.inFlight -= 1;
    if (connection !== this.connection && connection.inFlight === 0) connection.close();
  }
}

export const reasonOf = (error: unknown) => (error instanceof Unsent ? error.cause : error);
