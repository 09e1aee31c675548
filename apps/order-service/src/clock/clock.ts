import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { EndedCarts } from '../cart/ended-carts';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { WorkerLeaseKeeper } from '../ids/worker-lease';
import { clocksApartMsMax } from '../ledger/clock-ahead';
import { DeliveryRow } from '../ledger/delivery.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import type { Work } from '../metrics';
import { OrderPhones } from '../orders/order-phones';
import { CodeClaims } from '../payments/code-claims';
import { Examination } from '../payments/examination';
import { ForgettingAgain } from '../personal-data/forgetting-again';
import { Reconciliation } from '../reconcile/reconciliation';
import { ReconciliationRow } from '../reconcile/reconciliation.entity';
import { ReconciliationService } from '../reconcile/reconciliation.service';
import { RefundRun } from '../refunds/refund-run';
import { Courier } from '../webhook/courier';
import { ClockSteps } from './clock-steps';
import { DueWork } from './due-work';

const tickMsMax = 500;
/**
 * How often a hundred carts are looked at, whether nobody has changed them for long; and whether
 * orders of an older release lack something, and for days whose bill can be had.
 */
const sweepEveryMs = 10_000;
const daysTickMs = 1_000;

/**
 * Everything that time drives: payments are watched, refunds carried out and messages delivered by
 * the database alone, however many browsers wait and even if none does.
 */
@Injectable()
export class Clock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly watcher: DueWork<PayLogRow>;
  private readonly refunds: DueWork<RefundRow>;
  private readonly deliveries: DueWork<DeliveryRow>;
  private sweepTimer: NodeJS.Timeout | undefined;
  private readonly days: DueWork<ReconciliationRow>;
  private sweeping: Promise<void> | undefined;
  private stopping: Promise<unknown> | undefined;
  private readonly logger = new Logger('clock');
  private readonly steps: ClockSteps;

  constructor(
    private readonly database: Database,
    config: OrderConfig,
    examination: Examination,
    codes: CodeClaims,
    refundRun: RefundRun,
    courier: Courier,
    private readonly lease: WorkerLeaseKeeper,
    private readonly endedCarts: EndedCarts,
    private readonly orderPhones: OrderPhones,
    private readonly forgettingAgain: ForgettingAgain,
    reconciliation: Reconciliation,
    private readonly reconciliations: ReconciliationService,
  ) {
    this.steps = new ClockSteps({
      onStep: (stepMs) => this.onStep(stepMs),
      onSetBack: () => {
        for (const work of this.works) work.bringForward();
      },
    });
    const tickMs = Math.min(tickMsMax, Math.ceil(config.QUERY_INTERVAL_MS / 2));
    this.watcher = new DueWork(database, {
      name: 'watcher',
      table: PayLogRow,
      key: 'out_trade_no',
      due: 'next_look_time',
      where: { trade_state: In(['0', '2']) },
      tickMs,
      inFlightMax: 20,
      startsPerSecondMax: 100,
      work: (row) => examination.examine(row),
      afterSetBack: (manager, now) => codes.forgetCodes(manager, now),
    });
    this.refunds = new DueWork(database, {
      name: 'refunds',
      table: RefundRow,
      key: 'out_refund_no',
      due: 'next_look_time',
      where: { status: 'PROCESSING' },
      tickMs,
      inFlightMax: 10,
      // WeChat takes 150 a second of all instances together.
      startsPerSecondMax: 20,
      work: (row) => refundRun.carryOn(row),
    });
    this.deliveries = new DueWork(database, {
      name: 'deliveries',
      table: DeliveryRow,
      key: 'event_id',
      due: 'next_try_time',
      where: { state: 'PENDING' },
      tickMs,
      inFlightMax: 10,
      startsPerSecondMax: 100,
      work: (row) => courier.deliver(row),
    });
    this.days = new DueWork(database, {
      name: 'days',
      table: ReconciliationRow,
      key: 'day',
      due: 'next_try_time',
      where: {},
      tickMs: daysTickMs,
      inFlightMax: 1,
      startsPerSecondMax: 1,
      work: (row) => reconciliation.carryOn(row),
      afterSetBack: (manager, now) => reconciliations.forgetFuture(manager, now),
    });
  }

  onApplicationBootstrap(): void {
    for (const work of this.works) work.start();
    this.steps.start();
    this.sweepTimer = setInterval(() => this.sweep(), sweepEveryMs);
  }

  /** The clock may have been set back while no instance ran: then the newest event is of later. */
  async lookBack(): Promise<void> {
    const [newest] = await this.database.statements((manager) =>
      manager.find(PayEventRow, { order: { event_id: 'DESC' }, take: 1 }),
    );
    const aheadMs = newest ? newest.create_time.getTime() - Date.now() : 0;
    if (aheadMs > clocksApartMsMax) this.steps.wasSet(-aheadMs);
  }

  /** For how many seconds each kind of work has let a row wait that is due. */
  async lags(manager: EntityManager, now: Date): Promise<Record<Work, number>> {
    return {
      watcher: await this.watcher.lag(manager, now),
      refunds: await this.refunds.lag(manager, now),
      days: await this.days.lag(manager, now),
      deliveries: await this.deliveries.lag(manager, now),
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Begins nothing new, and lets what is under way end. */
  stop(): Promise<unknown> {
    this.steps.stop();
    clearInterval(this.sweepTimer);
    this.stopping ??= Promise.all([this.sweeping, ...this.works.map((work) => work.stop())]);
    return this.stopping;
  }

  private get works() {
    return [this.watcher, this.refunds, this.deliveries, this.days];
  }

  private sweep(): void {
    const now = new Date();
    const all = () => [
      this.endedCarts.sweep(now),
      this.orderPhones.fillIn(),
      this.forgettingAgain.sweep(),
      this.reconciliations.openDays(now),
    ];
    // Who fails has said why; the same users, orders and days come next.
    this.sweeping ??= Promise.allSettled(all()).then(() => {
      this.sweeping = undefined;
    });
  }

  private onStep(stepMs: number): void {
    this.logger.warn(`the clock was set by ${stepMs} ms`);
    this.lease.clockWasSet();
  }
}
