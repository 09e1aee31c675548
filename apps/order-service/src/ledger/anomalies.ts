import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isDuplicate } from '../database/database-errors';
import { IdWorker } from '../ids/id-worker';
import { AnomalyRow } from './anomaly.entity';

export type News = Pick<
  AnomalyRow,
  'out_trade_no' | 'transaction_id' | 'kind' | 'total_fee' | 'fee_type'
>;

/** Puts into an operator's hands what a program cannot decide. */
@Injectable()
export class Anomalies {
  constructor(private readonly ids: IdWorker) {}

  /** Inside the caller's transaction; false if the same news is in the books already. */
  async report(manager: EntityManager, news: News): Promise<boolean> {
    const { out_trade_no, transaction_id, kind } = news;
    if (await manager.existsBy(AnomalyRow, { out_trade_no, transaction_id, kind })) return false;
    const row: AnomalyRow = {
      ...news,
      anomaly_id: this.ids.nextId(),
      state: 'OPEN',
      note: '',
      resolved_by: null,
      resolved_time: null,
      create_time: new Date(),
    };
    try {
      await manager.insert(AnomalyRow, row);
      return true;
    } catch (error) {
      // Another teller of the same news was faster.
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  /** What an operator has resolved is still so: it is theirs again. */
  async reopen(manager: EntityManager, news: News): Promise<void> {
    const { out_trade_no, transaction_id, kind } = news;
    const resolved = { out_trade_no, transaction_id, kind, state: 'RESOLVED' } as const;
    await manager.update(AnomalyRow, resolved, { state: 'OPEN' });
  }
}
