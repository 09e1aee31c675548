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
  private readonly rung = new Looks((numbers) => this.lookAt(numbers), this.complaints);
  private readonly all = new Looks((numbers) => this.lookForAll(numbers), this.complaints);
  private bell: Subscription | undefined;
  private net: NodeJS.Timeout | undefined;

  constructor(
    private readonly order: OrderClient,
    private readonly room: WaitingRoom,
    private readonly look: Look,
  ) {}

  onApplicationBootstrap(): void {
    this.bell = this.listen();
    this.net = setInterval(() => this.all.areUnderWay || this.all.add(this.room.numbers), netMs);
  }

  beforeApplicationShutdown(): void {
    this.bell?.unsubscribe();
    clearInterval(this.net);
    this.rung.forget();
    this.all.forget();
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
          if (fresh) this.all.add(this.room.numbers);
          fresh = false;
        }),
        retry({ delay: again, resetOnSuccess: true }),
        repeat({ delay: (count) => again(undefined, count % 8) }),
      )
      .subscribe((ring) => {
        if (ring.kind !== 'settled' || !this.room.has(ring.out_trade_no)) return;
        this.rung.add([ring.out_trade_no]);
      });
  }

  private async lookForAll(out_trade_nos: string[]): Promise<void> {
    await this.lookAt(out_trade_nos);
    for (const waiter of this.room.blind(out_trade_nos)) this.lookAgain(waiter);
  }

  private async lookAt(out_trade_nos: string[]): Promise<void> {
    const changed = await this.order.lookPayments({ out_trade_nos });
    for (const payment of changed) this.room.announce(payment);
  }

  private lookAgain(waiter: Waiter): void {
    const work = async () => {
      const seen = await this.look.admit(waiter);
      if (waiter.state === 'gone' || seen === 'unknown') return;
      waiter.tell(seen === 'none' ? seen : new News(seen));
    };
    work().catch((error) => tellTrouble(this.complaints, error));
  }
}

/**
 * Looks at payments, one after the other: what is due while one is under way is looked at together
 * by the next. What is lost when one fails is found by the net.
 */
class Looks {
  areUnderWay = false;
  private readonly due = new Set<string>();

  constructor(
    private readonly look: (out_trade_nos: string[]) => Promise<void>,
    private readonly complaints: Complaints,
  ) {}

  add(out_trade_nos: readonly string[]): void {
    for (const number of out_trade_nos) this.due.add(number);
    if (!this.areUnderWay) this.lookAtDue();
  }

  forget(): void {
    this.due.clear();
  }

  private async lookAtDue(): Promise<void> {
    this.areUnderWay = true;
    try {
      while (this.due.size > 0) {
        const numbers = [...this.due].slice(0, numbersPerLookMax);
        for (const number of numbers) this.due.delete(number);
        await this.look(numbers);
      }
    } catch (error) {
      this.forget();
      tellTrouble(this.complaints, error);
    } finally {
      this.areUnderWay = false;
    }
  }
}

const tellTrouble = (complaints: Complaints, error: unknown) =>
  complaints.tell('the states of payments could not be read', error);
