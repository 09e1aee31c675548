import type { Method } from '@saoma/contracts/define';
import { isErrorCode, type WireError } from '@saoma/contracts/errors';
import { catchError, defer, EMPTY, type Observable, of, retry, throwError } from 'rxjs';
import { untraced } from '../traces/trace';
import { type Addresses, isSame } from './addresses';
import { Unsent } from './call';
import { Instance, reasonOf, standings } from './instance';
import type { RpcTls } from './tls';

/** A call is made so often at most, each time at another instance. */
const triesMax = 3;

/**
 * All instances of a service. A call goes to the one with the fewest of our calls under way: so one
 * that has just gone silent gets no more than its share of what is asked at once, and not of all
 * that is asked until that is noticed. Those that do not answer are left out, unless none does.
 *
 * `call` and `stream` are twins here, in `Instance` and in `Connection`: a rule for one of them
 * belongs into the other.
 */
export class Instances {
  private instances: readonly Instance[] = [];
  private turn = 0;

  constructor(
    private readonly addresses: Addresses,
    private readonly tls?: RpcTls,
  ) {
    this.follow();
    addresses.changed.subscribe(() => this.follow());
  }

  get isAlone(): boolean {
    return this.instances.length === 1;
  }

  /** What is found belongs to everybody, and not to the call that met the trouble. */
  onTrouble(): void {
    untraced(() => this.addresses.look());
  }

  /** Makes one call, which ends within `limitMsMax`, wherever and however often it is tried. */
  async call(pattern: string, data: unknown, method: Method): Promise<unknown> {
    const endMs = performance.now() + method.limitMsMax;
    const tried: Instance[] = [];
    const { repeatable } = method;
    let { limitMsMax } = method;
    let failure: unknown;
    for (let one = this.choose(tried); one; one = this.next(failure, method, tried)) {
      try {
        return await one.call(pattern, data, { limitMsMax, repeatable });
      } catch (error) {
        failure = error;
      }
      tried.push(one);
      limitMsMax = endMs - performance.now();
      if (limitMsMax <= 0) break;
    }
    throw reasonOf(failure);
  }

  /**
   * Asks for a stream; `eachMsMax` is how long it may be silent. Who has failed stands worse by
   * then, so that the next try goes to another one without a list of those that were tried.
   */
  stream(pattern: string, data: unknown, eachMsMax: number): Observable<unknown> {
    const elsewhere = (error: unknown) =>
      isNotDone(error) && !this.isAlone ? of(undefined) : throwError(() => error);
    return defer(() => this.choose([])?.stream(pattern, data, eachMsMax) ?? EMPTY).pipe(
      retry({ count: triesMax - 1, delay: elsewhere }),
      catchError((error) => throwError(() => reasonOf(error))),
    );
  }

  close(): void {
    for (const instance of this.instances) instance.close();
  }

  /** Whoever is not where the names lead any more is called no more. */
  private follow(): void {
    const wanted = this.addresses.current;
    const isWanted = ({ address }: Instance) => wanted.some((one) => isSame(one, address));
    const gone = this.instances.filter((instance) => !isWanted(instance));
    const kept = this.instances.filter(isWanted);
    this.instances = wanted.map((address) => {
      const known = kept.find((instance) => isSame(instance.address, address));
      known?.leadsTo(address.ip);
      return known ?? new Instance(address, this, this.tls);
    });
    for (const instance of gone) instance.retire();
  }

  /** Of the best standing the one with the fewest calls under way; of equals each in its turn. */
  private choose(tried: readonly Instance[]): Instance | undefined {
    const { instances } = this;
    this.turn = (this.turn + 1) % instances.length;
    let best: Instance | undefined;
    for (let index = 0; index < instances.length; index += 1) {
      const one = instances[(this.turn + index) % instances.length];
      if (one && !tried.includes(one) && (!best || isBetter(one, best))) best = one;
    }
    return best;
  }

  /** Where a call that has failed is made next. Who is left out is asked only what is not done. */
  private next(error: unknown, method: Method, tried: readonly Instance[]): Instance | undefined {
    if (tried.length >= triesMax || !mayRepeat(error, method)) return undefined;
    const next = this.choose(tried);
    return isNotDone(error) || next?.standing === standings.well ? next : undefined;
  }
}

function isBetter(one: Instance, other: Instance): boolean {
  if (one.standing !== other.standing) return one.standing < other.standing;
  return one.waiting < other.waiting;
}

/** A call is repeated if it certainly was not carried out, or may be carried out twice. */
function mayRepeat(error: unknown, { repeatable }: Method): boolean {
  return isNotDone(error) || (repeatable === true && isLost(error));
}

function isNotDone(error: unknown): boolean {
  return error instanceof Unsent || (error as Partial<WireError> | null)?.notDone === true;
}

/** Nobody knows whether it was carried out: no answer came, or that the service could not. */
function isLost(error: unknown): boolean {
  const { code } = (error ?? {}) as Partial<WireError>;
  return !isErrorCode(code) || code === 'service/unavailable';
}
