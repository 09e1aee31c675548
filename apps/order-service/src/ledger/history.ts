import { Injectable } from '@nestjs/common';
import type { PayEventKind } from '@saoma/contracts/operator';
import type { EntityManager } from 'typeorm';
import { insertRows } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { PayEventRow } from './pay-event.entity';

export type Facts = Record<string, string | number | null>;

/** What happened to a payment; `append` adds its number and the time. */
export interface NewPayEvent {
  readonly out_trade_no: string;
  readonly kind: PayEventKind;
  readonly actor: string;
  readonly detail?: Facts;
}

/** Writes the timeline of payments, always in the same transaction as the change it reports. */
@Injectable()
export class History {
  constructor(private readonly ids: IdWorker) {}

  async append(manager: EntityManager, ...events: NewPayEvent[]): Promise<void> {
    const create_time = new Date();
    const rows = events.map(
      ({ detail = {}, ...event }): PayEventRow => ({
        ...event,
        event_id: this.ids.nextId(),
        create_time,
        detail: JSON.stringify(detail),
      }),
    );
    await insertRows(manager, PayEventRow, rows);
  }
}
