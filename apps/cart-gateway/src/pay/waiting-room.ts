import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { defer, repeat, retry, type Subscription, tap, timer } from 'rxjs';
import { OrderClient } from '../clients';

/** More waiting at once than this are sent away with 503. */
const placesMax = 20_000;
/** How often the net looks after everybody, in case a ring was lost. */
const netMs = 5_000;
const numbersPerLookMax = 500;
/** How exactly a place's time runs out. */
const clockMs = 100;
const resubscribeMsMax = 5_000;

/** Why a waiting payer is woken: look again; or stop, since time is up or the client has left. */
type Wake = 'look' | 'stop';

/** One payer's place in the room. It holds memory only: no timer, no connection. */
class Place {
  /** Its payment could not be looked at: it is woken as soon as the order service answers again. */
  blind = false;
  /** Whether it has told its client that the payment is closing; undefined: it tells no such. */
  toldClosing: boolean | undefined;
  private look = false;
  private stopped = false;
  private waker: (() => void) | undefined;

  constructor(
    readonly out_trade_no: string,
    /** Of the process's own clock; never the wall's, which may jump. */
    readonly deadlineMs: number,
    private readonly onLeave: (place: Place) => void,
  ) {}

  /** Resolves when there is a reason to look at the payment, or none to go on. */
  async woken(): Promise<Wake> {
    if (!this.look && !this.stopped) {
      await new Promise<void>((resolve) => {
        this.waker = resolve;
      });
    }
    if (!this.look) return 'stop';
    this.look = false;
    return 'look';
  }

  leave(): void {
    this.onLeave(this);
    this.stop();
  }

  wake(): void {
    this.look = true;
    this.waker?.();
  }

  stop(): void {
    this.stopped = true;
    this.waker?.();
  }
}

export type { Place };

/**
 * Where payers wait for their payment to be decided. Who enters is woken by the order service's
 * bell, or by the net: one look at all waited-for payments in batches. Waking says only that a look
 * is worth it; what is true is what the look says.
 */
@Injectable()
export class WaitingRoom implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly complaints = new Complaints(new Logger('waiting room'));
  private readonly places = new Map<string, Set<Place>>();
  /** Those whose time runs out, in that order, since all of them may wait equally long. */
  private readonly timed = new Set<Place>();
  private size = 0;
  private closed = false;
  private looking = false;
  private bell: Subscription | undefined;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly order: OrderClient) {}

  onApplicationBootstrap(): void {
    this.bell = this.listen();
    this.timers.push(setInterval(() => this.stopLate(), clockMs));
    this.timers.push(setInterval(() => this.lookAtAll(), netMs));
  }

  /** Everybody is sent home, so that the shutdown need not wait for payers. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    this.bell?.unsubscribe();
    for (const timer of this.timers) clearInterval(timer);
    for (const place of [...this.places.values()].flatMap((places) => [...places])) place.leave();
  }

  /**
   * Enters the room; the caller leaves it when done, however that ends. Enter first, look then: so
   * no ring between the two is missed. `waitMsMax` must be the same for all who give one.
   * Fails with service/unavailable when the room is full.
   */
  enter(out_trade_no: string, waitMsMax?: number): Place {
    if (this.size >= placesMax) {
      throw new AppError('service/unavailable', { detail: 'too many pages are waiting already' });
    }
    const deadlineMs = performance.now() + (waitMsMax ?? Number.POSITIVE_INFINITY);
    const place = new Place(out_trade_no, deadlineMs, (leaving) => this.remove(leaving));
    const others = this.places.get(out_trade_no);
    if (others) others.add(place);
    else this.places.set(out_trade_no, new Set([place]));
    if (waitMsMax !== undefined) this.timed.add(place);
    this.size += 1;
    if (this.closed) place.leave();
    return place;
  }

  private remove(place: Place): void {
    const others = this.places.get(place.out_trade_no);
    if (!others?.delete(place)) return;
    if (others.size === 0) this.places.delete(place.out_trade_no);
    this.timed.delete(place);
    this.size -= 1;
  }

  private stopLate(): void {
    const now = performance.now();
    for (const place of this.timed) {
      if (place.deadlineMs > now) return;
      place.leave();
    }
  }

  private ring(out_trade_no: string, whom: (place: Place) => boolean = () => true): void {
    for (const place of this.places.get(out_trade_no) ?? []) if (whom(place)) place.wake();
  }

  /** A broken line is taken up again, ever more slowly; what rang meanwhile is found by a look. */
  private listen(): Subscription {
    let fresh = true;
    const again = (_: unknown, count: number) => {
      fresh = true;
      return timer(Math.min(100 * 2 ** count, resubscribeMsMax) * (0.5 + Math.random() / 2));
    };
    return defer(() => this.order.watchSettled({}))
      .pipe(
        tap(() => {
          if (fresh) this.lookAtAll();
          fresh = false;
        }),
        retry({ delay: again, resetOnSuccess: true }),
        repeat({ delay: (count) => again(undefined, count % 8) }),
      )
      .subscribe((ring) => {
        if (ring.kind === 'settled') this.ring(ring.out_trade_no);
      });
  }

  private lookAtAll(): void {
    if (this.looking || this.size === 0) return;
    this.looking = true;
    this.lookInBatches()
      .catch((error) => this.complaints.tell('the states of payments could not be read', error))
      .finally(() => {
        this.looking = false;
      });
  }

  private async lookInBatches(): Promise<void> {
    const numbers = [...this.places.keys()];
    for (let at = 0; at < numbers.length && !this.closed; at += numbersPerLookMax) {
      const out_trade_nos = numbers.slice(at, at + numbersPerLookMax);
      const found = await this.order.lookPayments({ out_trade_nos });
      for (const { out_trade_no, trade_state, closing } of found) {
        if (trade_state !== 'NOTPAY') this.ring(out_trade_no);
        else if (closing) this.ring(out_trade_no, ({ toldClosing }) => toldClosing === false);
      }
      for (const out_trade_no of out_trade_nos) this.ring(out_trade_no, ({ blind }) => blind);
    }
  }
}
