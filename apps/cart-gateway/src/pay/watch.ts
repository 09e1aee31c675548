import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import { defer, repeat, retry, type Subscription, tap, timer } from 'rxjs';
import { OrderClient } from '../clients';
import { Look } from './look';
import { News, type Waiter } from './waiter';
import { WaitingRoom } from './waiting-room';

/** How often the net looks after everybody, in case a ring was lost. */
const netMs = 5_000;
/** Payments that one call asks for: it takes no more, so that its answer stays small. */
const numbersPerLookMax = 200;
const resubscribeMsMax = 5_000;

/**
 * Hears what becomes of the payments that somebody waits for: by the order service's bell, and by
 * a net that looks after all of them. However many wait for a payment, it is asked for once.
 */
@Injectable()
export class Watch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly complaints = new Complaints(new Logger('waiting room'));
  /** Payments that rang and have still to be looked at. */
  private readonly rung = new Set<string>();
  private readonly looking = new Set<'rung' | 'all'>();
  /** A look from the beginning is due: one that is under way has passed some payments already. */
  private allDue = false;
  private closed = false;
  private bell: Subscription | undefined;
  private net: NodeJS.Timeout | undefined;

  constructor(
    private readonly order: OrderClient,
    private readonly room: WaitingRoom,
    private readonly look: Look,
  ) {}

  onApplicationBootstrap(): void {
    this.bell = this.listen();
    this.net = setInterval(() => this.looking.has('all') || this.lookAtAll(), netMs);
  }

  beforeApplicationShutdown(): void {
    this.closed = true;
    this.bell?.unsubscribe();
    clearInterval(this.net);
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
        if (ring.kind !== 'settled' || !this.room.has(ring.out_trade_no)) return;
        this.rung.add(ring.out_trade_no);
        this.lookAtRung();
      });
  }

  /** What rings while a look is under way is looked at together, by the next one. */
  private lookAtRung(): void {
    this.unlessLooking('rung', async () => {
      while (this.rung.size > 0) {
        const numbers = [...this.rung].slice(0, numbersPerLookMax);
        for (const number of numbers) this.rung.delete(number);
        await this.lookAt(numbers);
      }
    });
  }

  private lookAtAll(): void {
    this.allDue = true;
    this.unlessLooking('all', async () => {
      while (this.allDue && !this.closed) {
        this.allDue = false;
        await this.lookAtEach(this.room.numbers);
      }
    });
  }

  /** One look of a kind at a time. What is lost when it fails is found by the net. */
  private unlessLooking(kind: 'rung' | 'all', work: () => Promise<void>): void {
    if (this.looking.has(kind)) return;
    this.looking.add(kind);
    this.tellTrouble(work()).finally(() => this.looking.delete(kind));
  }

  private async lookAtEach(numbers: readonly string[]): Promise<void> {
    for (let at = 0; at < numbers.length && !this.closed; at += numbersPerLookMax) {
      const some = numbers.slice(at, at + numbersPerLookMax);
      await this.lookAt(some);
      for (const waiter of this.room.blind(some)) this.lookAgain(waiter);
    }
  }

  private async lookAt(out_trade_nos: string[]): Promise<void> {
    for (const payment of await this.order.lookPayments({ out_trade_nos })) this.room.tell(payment);
  }

  private lookAgain(waiter: Waiter): void {
    const work = async () => {
      const seen = await this.look.admit(waiter);
      if (waiter.state === 'gone' || seen === 'unknown') return;
      waiter.tell(seen === 'none' ? seen : new News(seen));
    };
    this.tellTrouble(work());
  }

  private tellTrouble(work: Promise<void>): Promise<void> {
    return work.catch((error) =>
      this.complaints.tell('the states of payments could not be read', error),
    );
  }
}
