import { Injectable } from '@nestjs/common';
import type { DeliveryType, MessageData } from '@saoma/contracts/webhooks';
import type { EntityManager } from 'typeorm';
import { OrderConfig } from '../config';
import { IdWorker } from '../ids/id-worker';
import { DeliveryRow } from './delivery.entity';

/** What the shop is told. */
export type Message = {
  [T in DeliveryType]: {
    readonly type: T;
    readonly out_trade_no: string;
    readonly data: MessageData<T>;
  };
}[DeliveryType];

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

  async append(manager: EntityManager, messages: Message[]): Promise<void> {
    if (!this.config.SHOP_WEBHOOK_URL || messages.length === 0) return;
    const now = new Date();
    const rows = messages.map(
      ({ type, out_trade_no, data }): DeliveryRow => ({
        event_id: this.ids.nextId(),
        out_trade_no,
        type,
        payload: JSON.stringify({ type, timestamp: now.toISOString(), data }),
        state: 'PENDING',
        tries: 0,
        create_time: now,
        next_try_time: now,
        last_error: null,
      }),
    );
    await manager.insert(DeliveryRow, rows);
  }
}
