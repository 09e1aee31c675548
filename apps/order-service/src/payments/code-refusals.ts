import { Injectable, Logger } from '@nestjs/common';
import type { OrderInput } from '@saoma/contracts/order';
import type { EntityManager } from 'typeorm';
import { afterCommit, Database } from '../database/database';
import { Anomalies } from '../ledger/anomalies';
import { isToCome } from '../ledger/clock-ahead';
import { PayLogRow } from '../ledger/pay-log.entity';
import { Examination } from './examination';
import { PaymentBook } from './payment-book';

/** WeChat's definite no to a code. */
export type No = NonNullable<OrderInput<'keepCode'>['no']>;

/** A right that was missing may have been granted: after so long WeChat is asked again. */
const refusedMs = 60_000;
/** Who asked for the code waits no longer for what follows; the watcher brings it to its end. */
const followMsMax = 2_000;

/** Whether WeChat itself has spoken; else a service of ours says why there is no code. */
export function isWechats(no: No | null): boolean {
  return no !== null && no.err_code !== 'DIALECT_GONE';
}

/** What a no means: the money is there, nobody can pay any more, or WeChat wants none of it. */
function meaningOf({ err_code }: No): 'paid' | 'closed' | 'refused' {
  if (err_code === 'ORDERPAID') return 'paid';
  return err_code === 'ORDERCLOSED' ? 'closed' : 'refused';
}

/**
 * What a no leaves in the payment's row. While it is not known what became of paid money, the
 * attempt stays claimed, so that nobody asks for another code.
 */
export function changeOf(no: No, now: Date) {
  const known = { code_unknown_time: null };
  const meaning = meaningOf(no);
  if (meaning === 'paid') return { ...known, next_look_time: now };
  if (meaning === 'closed') return { ...known, attempt: null, next_look_time: now };
  const refused_until_time = new Date(now.getTime() + refusedMs);
  const refused = { ...known, attempt: null, refused_until_time };
  if (no.err_code !== 'PARAM_ERROR') return refused;
  // The request itself is wrong, an address in it for instance: it is made anew once that is right.
  const native_request = () =>
    'CASE WHEN first_code_time IS NULL THEN NULL ELSE native_request END';
  return { ...refused, native_request };
}

/** Whether WeChat has refused it so lately that it is not asked the same again. */
export function isRefused({ refused_until_time }: PayLogRow, now: Date): boolean {
  return isToCome(refused_until_time, now, refusedMs);
}

/** Carries out what WeChat's definite no to a code means. It is an answer, not an outage. */
@Injectable()
export class CodeRefusals {
  private readonly logger = new Logger('codes');

  constructor(
    private readonly database: Database,
    private readonly anomalies: Anomalies,
    private readonly book: PaymentBook,
    private readonly examination: Examination,
  ) {}

  /** Inside the caller's transaction: what WeChat wants nothing of becomes an operator's. */
  async write(manager: EntityManager, row: PayLogRow, no: No): Promise<void> {
    const { out_trade_no, total_fee } = row;
    const line = { msg: 'WeChat gives no code', kind: 'code.failed', out_trade_no, ...no };
    afterCommit(manager, () => this.logger.error(line));
    if (meaningOf(no) !== 'refused') return;
    const money = { out_trade_no, transaction_id: '', total_fee, fee_type: 'CNY' };
    const news = { ...money, kind: 'code-refused', ...no } as const;
    if (!(await this.anomalies.report(manager, news))) await this.anomalies.reopen(manager, news);
  }

  /** Inside the caller's transaction: WeChat has given a code. */
  async end(manager: EntityManager, { out_trade_no }: PayLogRow): Promise<void> {
    const ended = { out_trade_no, transaction_id: '', kinds: ['code-refused'] } as const;
    await this.anomalies.end(manager, ended, 'WeChat has given a code');
  }

  /** What is paid is settled, and what is closed at WeChat is closed here: now, if it can be. */
  async follow(out_trade_no: string, no: No): Promise<void> {
    const meaning = meaningOf(no);
    if (meaning === 'refused') return;
    const row = await this.database.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
    const current = meaning === 'closed' ? await this.book.wishClosed(row, 'wechat') : row;
    if (current.trade_state !== '0') return;
    await this.examination.examineNow(current, { msMax: followMsMax });
  }
}
