import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { In } from 'typeorm';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { DeliveryRow } from '../ledger/delivery.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Examination } from '../payments/examination';
import { RefundRun } from '../refunds/refund-run';
import { Courier } from '../webhook/courier';
import { DueWork } from './due-work';

const tickMsMax = 500;

/**
 * Everything that time drives: payments are watched, refunds carried out and messages delivered by
 * the database alone, however many browsers wait and even if none does.
 */
@Injectable()
export class Clock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly watcher: DueWork<PayLogRow>;
  private readonly refunds: DueWork<RefundRow>;
  private readonly deliveries: DueWork<DeliveryRow>;
  private stopping: Promise<unknown> | undefined;

  constructor(
    database: Database,
    config: OrderConfig,
    examination: Examination,
    refundRun: RefundRun,
    courier: Courier,
  ) {
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
  }

  onApplicationBootstrap(): void {
    for (const work of [this.watcher, this.refunds, this.deliveries]) work.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Begins nothing new, and lets what is under way end. */
  stop(): Promise<unknown> {
    const works = [this.watcher, this.refunds, this.deliveries];
    this.stopping ??= Promise.all(works.map((work) => work.stop()));
    return this.stopping;
  }
}
