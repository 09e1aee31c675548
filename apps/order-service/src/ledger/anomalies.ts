import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterCommit } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { IdWorker } from '../ids/id-worker';
import { AnomalyRow } from './anomaly.entity';

/** WeChat's own words, where it refused something. */
type Words = Partial<Pick<AnomalyRow, 'err_code' | 'err_code_des'>>;
export type News = Pick<
  AnomalyRow,
  'out_trade_no' | 'transaction_id' | 'kind' | 'total_fee' | 'fee_type'
> &
  Words;

/** Puts into an operator's hands what a program cannot decide. */
@Injectable()
export class Anomalies {
  private readonly logger = new Logger('anomalies');

  constructor(private readonly ids: IdWorker) {}

  /** Inside the caller's transaction; false if the same news is in the books already. */
  async report(manager: EntityManager, news: News): Promise<boolean> {
    const { out_trade_no, transaction_id, kind, total_fee, fee_type } = news;
    if (await manager.existsBy(AnomalyRow, { out_trade_no, transaction_id, kind })) return false;
    const row: AnomalyRow = {
      ...{ out_trade_no, transaction_id, kind, total_fee, fee_type },
      err_code: clipped(news.err_code, 32),
      err_code_des: clipped(news.err_code_des, 128),
      anomaly_id: this.ids.nextId(),
      state: 'OPEN',
      note: '',
      resolved_by: null,
      resolved_time: null,
      create_time: new Date(),
    };
    try {
      await manager.insert(AnomalyRow, row);
    } catch (error) {
      // Another teller of the same news was faster.
      if (isDuplicate(error)) return false;
      throw error;
    }
    afterCommit(manager, () => this.log(news));
    return true;
  }

  /** What an operator has resolved is still so: it is theirs again. */
  async reopen(manager: EntityManager, news: News): Promise<void> {
    const { out_trade_no, transaction_id, kind } = news;
    const resolved = { out_trade_no, transaction_id, kind, state: 'RESOLVED' } as const;
    const { affected } = await manager.update(AnomalyRow, resolved, { state: 'OPEN' });
    if (affected === 1) afterCommit(manager, () => this.log(news));
  }

  private log({ transaction_id, ...news }: News): void {
    const number = news.kind.startsWith('refund-') ? 'out_refund_no' : 'transaction_id';
    const numbers = transaction_id === '' ? {} : { [number]: transaction_id };
    this.logger.error({ msg: 'an operator has to decide', ...news, ...numbers });
  }
}

/** What the column takes of others' words, no character cut in two. */
function clipped(words: string | null | undefined, lengthMax: number): string | null {
  return words ? [...words].slice(0, lengthMax).join('') : null;
}
