import { Injectable, Logger } from '@nestjs/common';
import { Between, type EntityManager, In, IsNull, Not } from 'typeorm';
import { afterCommit } from '../database/database';
import { unlessDuplicate } from '../database/database-errors';
import { IdWorker } from '../ids/id-worker';
import { AnomalyRow, withNote } from './anomaly.entity';
import { latestMeant } from './clock-ahead';
import { History } from './history';

/** WeChat's own words, where it refused something, or gave no clear answer. */
type Words = Partial<Pick<AnomalyRow, 'err_code' | 'err_code_des'>>;
export type News = Pick<
  AnomalyRow,
  'out_trade_no' | 'transaction_id' | 'kind' | 'total_fee' | 'fee_type'
> &
  Words;
/** What is over: of these kinds whatever is open about this money. */
type Ended = Pick<AnomalyRow, 'out_trade_no' | 'transaction_id'> & {
  readonly kinds: readonly AnomalyRow['kind'][];
};

/** What it is as long as it is an operator's. */
const unresolved = { state: 'OPEN', resolved_by: null, resolved_time: null } as const;

/** Puts into an operator's hands what a program cannot decide. */
@Injectable()
export class Anomalies {
  private readonly logger = new Logger('anomalies');

  constructor(
    private readonly ids: IdWorker,
    private readonly history: History,
  ) {}

  /** Inside the caller's transaction; false if the same news is in the books already. */
  async report(manager: EntityManager, news: News): Promise<boolean> {
    const { out_trade_no, transaction_id, kind, total_fee, fee_type } = news;
    if (await manager.existsBy(AnomalyRow, { out_trade_no, transaction_id, kind })) return false;
    const row: AnomalyRow = {
      ...{ out_trade_no, transaction_id, kind, total_fee, fee_type },
      ...wordsOf(news),
      ...unresolved,
      anomaly_id: this.ids.nextId(),
      note: '',
      create_time: new Date(),
    };
    const isNew = await unlessDuplicate(manager.insert(AnomalyRow, row));
    if (!isNew) return false;
    afterCommit(manager, () => this.log(news));
    return true;
  }

  /**
   * What an operator has resolved is still so: it is theirs again, in the latest words. With
   * `quietMs` not before so long after it was resolved.
   */
  async reopen(manager: EntityManager, news: News, quietMs?: number): Promise<void> {
    const { out_trade_no, transaction_id, kind } = news;
    const resolved = { out_trade_no, transaction_id, kind, state: 'RESOLVED' } as const;
    const before = quietMs === undefined ? {} : { resolved_time: Not(within(quietMs)) };
    const change = { ...unresolved, ...wordsOf(news) };
    const { affected } = await manager.update(AnomalyRow, { ...resolved, ...before }, change);
    if (affected === 1) afterCommit(manager, () => this.log(news));
  }

  /**
   * Inside the caller's transaction: what had come right by itself is wrong again, and what is open
   * is told in the latest words. What an operator has resolved is theirs again only if it is of
   * another amount by now.
   */
  async recur(manager: EntityManager, news: News): Promise<void> {
    const { out_trade_no, transaction_id, kind, total_fee, fee_type } = news;
    const same = { out_trade_no, transaction_id, kind } as const;
    const told = { total_fee, fee_type, ...wordsOf(news) };
    // This one first: it waits for whoever is ending it right now.
    await manager.update(AnomalyRow, { ...same, state: 'OPEN' }, told);
    const resolved = { ...same, state: 'RESOLVED' } as const;
    for (const which of [{ resolved_by: IsNull() }, { total_fee: Not(total_fee) }]) {
      const change = { ...unresolved, ...told };
      const { affected } = await manager.update(AnomalyRow, { ...resolved, ...which }, change);
      if (affected === 1) afterCommit(manager, () => this.log(news));
    }
  }

  /**
   * Inside the caller's transaction: only so much of it is left to decide, and that is an
   * operator's, also if it was resolved.
   */
  async lessen(manager: EntityManager, { total_fee, ...news }: Omit<News, 'fee_type'>) {
    await manager.update(AnomalyRow, news, { ...unresolved, total_fee });
    afterCommit(manager, () => this.log({ ...news, total_fee }));
  }

  /**
   * Inside the caller's transaction: nothing is left to decide, as `why` says. Only for what has
   * certainly come right, or is told by another anomaly: an operator is not asked first.
   */
  async end(manager: EntityManager, { kinds, ...news }: Ended, why: string): Promise<void> {
    const open = { ...news, kind: In([...kinds]), state: 'OPEN' } as const;
    for (const row of await manager.findBy(AnomalyRow, open)) {
      const { anomaly_id, out_trade_no } = row;
      const resolved = { state: 'RESOLVED', note: withNote(row, why) } as const;
      const { affected } = await manager.update(
        AnomalyRow,
        { anomaly_id, state: 'OPEN' },
        { ...resolved, resolved_time: new Date() },
      );
      if (affected !== 1) continue;
      const kind = 'anomaly.resolved';
      const detail = { anomaly_id, note: why };
      await this.history.append(manager, { out_trade_no, kind, actor: 'service', detail });
      const line = { msg: 'an operator has nothing left to decide', ...namesOf(row), why };
      afterCommit(manager, () => this.logger.log(line));
    }
  }

  private log(news: Omit<News, 'fee_type'>): void {
    const { transaction_id, ...facts } = news;
    this.logger.error({ msg: 'an operator has to decide', ...facts, ...namesOf(news) });
  }
}

/** How the log names it. */
function namesOf({ out_trade_no, transaction_id, kind }: Omit<News, 'fee_type' | 'total_fee'>) {
  const number = /^(bill-)?refund-/.test(kind) ? 'out_refund_no' : 'transaction_id';
  return { out_trade_no, kind, ...(transaction_id !== '' && { [number]: transaction_id }) };
}

function wordsOf({ err_code, err_code_des }: News): Required<Words> {
  return { err_code: clipped(err_code, 32), err_code_des: clipped(err_code_des, 128) };
}

/** The last so many ms; a time that lies ahead was written by a clock that was set back since. */
function within(ms: number) {
  const now = new Date();
  return Between(new Date(now.getTime() - ms), latestMeant(now));
}

/** What the column takes of others' words, no character cut in two. */
function clipped(words: string | null | undefined, lengthMax: number): string | null {
  return words ? [...words].slice(0, lengthMax).join('') : null;
}
