import { Injectable } from '@nestjs/common';
import type { Message } from '@saoma/contracts/webhooks';
import type { EntityManager } from 'typeorm';
import { OrderConfig } from '../config';
import { insertRows } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { DeliveryRow } from './delivery.entity';

type Unwritten<M> = M extends unknown ? Omit<M, 'timestamp'> : never;
/** What has happened, before it is written down. */
export type NewMessage = Unwritten<Message>;

/**
 * Those behind the first of a commit are tried so much later: at the same moment they would find it
 * under way, and have to wait for their turn.
 */
const headStartMs = 250;

/**
 * Messages to the shop, written in the transaction of what they tell: told if and only if it
 * happened. Without a webhook there is nobody to tell, and nothing is written.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly config: OrderConfig,
    private readonly ids: IdWorker,
  ) {}

  async append(manager: EntityManager, news: readonly NewMessage[]): Promise<void> {
    if (!this.config.SHOP_WEBHOOK_URL || news.length === 0) return;
    const now = new Date();
    const messages = news.map((one): Message => ({ ...one, timestamp: now.toISOString() }));
    const rows = messages.map((message, index) => ({
      event_id: this.ids.nextId(),
      out_trade_no: message.data.out_trade_no,
      type: message.type,
      payload: JSON.stringify(message),
      state: 'PENDING' as const,
      tries: 0,
      create_time: now,
      next_try_time: index === 0 ? now : new Date(now.getTime() + headStartMs),
      last_error: null,
    }));
    await insertRows(manager, DeliveryRow, rows);
  }
}
