import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { afterCommit, Database } from '../database/database';
import { DeliveryRow } from '../ledger/delivery.entity';
import { type Facts, History } from '../ledger/history';
import { orderMetrics } from '../metrics';
import { isAccepted, outcomeOf, ShopWebhook } from './shop-webhook';

/** Pauses after the first, the second ... failed try: a day in all, then an operator is needed. */
export const ladderMs = [
  5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000,
  28_800_000,
];
/** Pauses are up to this share longer, so that a shop that comes back is not overrun. */
const jitter = 0.2;
const errorLengthMax = 200;
/** A message whose payment has an earlier one under way waits this long for its turn. */
const turnMs = 1_000;

const outcomes = {
  'delivery.done': 'delivered',
  'delivery.failed': 'failed',
  'delivery.dead': 'dead',
} as const;

/**
 * Brings messages to the shop's webhook: at least once, in order per payment, and never in the way
 * of money.
 */
@Injectable()
export class Courier implements OnApplicationShutdown {
  private readonly logger = new Logger('courier');
  private readonly shop: ShopWebhook | undefined;

  constructor(
    private readonly database: Database,
    config: OrderConfig,
    private readonly history: History,
  ) {
    const { SHOP_WEBHOOK_URL: url, SHOP_WEBHOOK_SECRET: secrets } = config;
    if (url && secrets) this.shop = new ShopWebhook(url, secrets, config);
  }

  async deliver(row: DeliveryRow): Promise<void> {
    if (await this.hasEarlier(row)) {
      return this.move(row, { next_try_time: new Date(Date.now() + turnMs) });
    }
    await crashPoint('delivery.before');
    const failure = await this.send(row);
    await crashPoint('delivery.answered');
    const tries = row.tries + 1;
    if (failure === null) {
      const change = { state: 'DELIVERED', tries, next_try_time: null, last_error: null } as const;
      await this.move(row, change, { kind: 'delivery.done', facts: { tries } });
    } else {
      await this.postpone(row, tries, failure);
    }
    await crashPoint('delivery.saved');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.shop?.close();
  }

  /** A dead message is the operator's: those after it do not wait for it. */
  private async hasEarlier({ out_trade_no, event_id }: DeliveryRow): Promise<boolean> {
    const earlier = { out_trade_no, state: 'PENDING', event_id: LessThan(event_id) } as const;
    const count = await this.database.statements((manager) =>
      manager.countBy(DeliveryRow, earlier),
    );
    return count > 0;
  }

  /** Why it was not delivered; null if it was. */
  private async send({ event_id, payload }: DeliveryRow): Promise<string | null> {
    if (!this.shop) return 'no webhook is configured';
    const tried = await this.shop.post(event_id, payload);
    return isAccepted(tried) ? null : outcomeOf(tried).slice(0, errorLengthMax);
  }

  private postpone(row: DeliveryRow, tries: number, last_error: string): Promise<void> {
    const pauseMs = ladderMs[tries - 1];
    const facts = { tries, why: last_error };
    if (pauseMs === undefined) {
      const change = { state: 'DEAD', tries, last_error, next_try_time: null } as const;
      return this.move(row, change, { kind: 'delivery.dead', facts });
    }
    const next_try_time = new Date(Date.now() + pauseMs * (1 + Math.random() * jitter));
    return this.move(row, { tries, last_error, next_try_time }, { kind: 'delivery.failed', facts });
  }

  private async move(
    { event_id, out_trade_no, type }: DeliveryRow,
    change: Partial<DeliveryRow>,
    told?: { kind: keyof typeof outcomes; facts: Facts },
  ): Promise<void> {
    await this.database.transaction(async (manager) => {
      const { affected } = await manager.update(
        DeliveryRow,
        { event_id, state: 'PENDING' },
        change,
      );
      if (affected !== 1 || !told) return;
      const { kind } = told;
      afterCommit(manager, () => orderMetrics.deliveries.add({ outcome: outcomes[kind] }));
      const detail = { type, event_id, ...told.facts };
      await this.history.append(manager, { out_trade_no, kind, actor: 'shop', detail });
      if (kind !== 'delivery.dead') return;
      const line = { msg: 'the shop does not take a message', kind, out_trade_no, ...detail };
      afterCommit(manager, () => this.logger.error(line));
    });
  }
}
