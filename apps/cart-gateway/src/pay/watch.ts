import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import { defer, repeat, retry, type Subscription, tap, timer } from 'rxjs';
import { OrderClient } from '../clients';
import { Admission } from './admission';
import { News, type Waiter } from './waiter';
import { WaitingRoom } from './waiting-room';

/** How often the net asks for all payments, in case a ring was lost. */
const netMs = 5_000;
/** Payments that one call asks for: it takes no more, so that its answer stays small. */
const numbersPerBatchMax = 200;
const resubscribeMsMax = 5_000;

/**
 * Hears what becomes of the payments that somebody waits for: by the order service's bell, and by
 * a net that asks for all of them. However many wait for a payment, it is asked for once.
 */
@Injectable()
export class Watch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly complaints = new Complaints(new Logger('waiting room'));
  private readonly rung = new Batches((numbers) => this.ask(numbers), this.complaints);
  private readonly all = new Batches((numbers) => this.askForAll(numbers), this.complaints);
  private bell: Subscription | undefined;
  private net: NodeJS.Timeout | undefined;

  constructor(
    private readonly order: OrderClient,
    private readonly room: WaitingRoom,
    private readonly admission: Admission,
  ) {}

  onApplicationBootstrap(): void {
    this.bell = this.listen();
    this.net = setInterval(() => {
      if (!this.all.areUnderWay) this.all.add(this.room.numbers);
    }, netMs);
  }

  beforeApplicationShutdown(): void {
    this.bell?.unsubscribe();
    clearInterval(this.net);
    this.rung.forget();
    this.all.forget();
  }

  /** A broken stream is taken up again, ever more slowly; what rang meanwhile is asked for then. */
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

  private async askForAll(out_trade_nos: string[]): Promise<void> {
    await this.ask(out_trade_nos);
    for (const waiter of this.room.blindAmong(out_trade_nos)) this.admitAgain(waiter);
  }

  private async ask(out_trade_nos: string[]): Promise<void> {
    const changed = await this.order.lookPayments({ out_trade_nos });
    for (const payment of changed) this.room.announce(payment);
  }

  private admitAgain(waiter: Waiter): void {
    const work = async () => {
      const seen = await this.admission.admit(waiter);
      if (waiter.state === 'gone' || seen === 'unknown') return;
      waiter.tell(seen === 'none' ? seen : new News(seen));
    };
    work().catch((error) => complain(this.complaints, error));
  }
}

/**
 * Asks for payments, one batch after the other: what is due while one is under way is asked for
 * together by the next. What is lost when one fails is found by the net.
 */
class Batches {
  areUnderWay = false;
  private readonly due = new Set<string>();

  constructor(
    private readonly ask: (out_trade_nos: string[]) => Promise<void>,
    private readonly complaints: Complaints,
  ) {}

  add(out_trade_nos: readonly string[]): void {
    for (const number of out_trade_nos) this.due.add(number);
    if (!this.areUnderWay) this.askForDue();
  }

  forget(): void {
    this.due.clear();
  }

  private async askForDue(): Promise<void> {
    this.areUnderWay = true;
    try {
      while (this.due.size > 0) {
        const numbers = [...this.due].slice(0, numbersPerBatchMax);
        for (const number of numbers) this.due.delete(number);
        await this.ask(numbers);
      }
    } catch (error) {
      this.forget();
      complain(this.complaints, error);
    } finally {
      this.areUnderWay = false;
    }
  }
}

const complain = (complaints: Complaints, error: unknown) =>
  complaints.tell('the states of payments could not be read', error);
