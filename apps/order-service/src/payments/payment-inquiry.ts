import { Injectable } from '@nestjs/common';
import type { Input } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { isToCome } from '../ledger/clock-ahead';
import type { PayLogRow } from '../ledger/pay-log.entity';
import { accountOf, orUnknown, PayClient } from './pay-client';
import { attemptMs, closeableFrom } from './schedule';
import { type Verdict, verdictOf, verdictOfClose } from './verdict';

/** A request still on its way to WeChat has arrived or died this long after its attempt ended. */
const attemptSettledMs = 5_000;

type Trade = Input<typeof payService, 'queryPayStatus'>;

/**
 * Asks WeChat about a payment, and closes it there if that is wished. It always asks before it
 * closes. Here it writes nothing: what it finds is a verdict.
 */
@Injectable()
export class PaymentInquiry {
  constructor(
    private readonly config: OrderConfig,
    private readonly pay: PayClient,
  ) {}

  /**
   * Without a frozen request WeChat was never asked for a code, and is not asked about it: unless
   * it has spoken of the payment itself (`isKnownThere`), of which a restored backup may know less.
   */
  async ask(row: PayLogRow, isKnownThere = false): Promise<Verdict> {
    if (row.trade_state !== '0') return this.query(row);
    if (row.close_wish_time !== null) return this.close(row);
    const isUnasked = row.native_request === null && !isKnownThere;
    return isUnasked ? { is: 'unasked', why: 'never asked' } : this.query(row);
  }

  private async close(row: PayLogRow): Promise<Verdict> {
    if (hasOpenAttempt(row)) return { is: 'unasked', why: 'a code is being asked for' };
    const before = await this.query(row);
    const now = new Date();
    const isDue = now >= closeableFrom(row, this.config, now);
    if (before.is !== 'absent' && !(before.is === 'alive' && isDue)) return before;
    const answer = await askedFor(row, (trade) => this.pay.closeOrder(trade));
    await crashPoint('close.answered');
    const verdict = verdictOfClose(answer, before);
    return verdict.is === 'overtaken' ? this.query(row) : verdict;
  }

  private async query(row: PayLogRow): Promise<Verdict> {
    const answer = await askedFor(row, (trade) => this.pay.queryPayStatus(trade));
    await crashPoint('query.answered');
    return verdictOf(answer);
  }
}

/** Somebody may be asking WeChat for a code right now: only afterwards its word is final. */
function hasOpenAttempt({ attempt, attempt_until_time }: PayLogRow): boolean {
  if (attempt === null || attempt_until_time === null) return false;
  const settled = new Date(attempt_until_time.getTime() + attemptSettledMs);
  return isToCome(settled, new Date(), attemptMs + attemptSettledMs);
}

/**
 * WeChat knows a number only together with its merchant, so one that another merchant of ours told
 * it cannot be asked about. But nobody can pay a code that nobody was ever given: without one the
 * merchant of now is asked, under whom such a payment is asked for anew, or closed.
 */
async function askedFor<Answer extends { readonly outcome: string }>(
  row: PayLogRow,
  ask: (trade: Trade) => Promise<Answer>,
) {
  const { out_trade_no } = row;
  const answer = await orUnknown(ask({ out_trade_no, account: accountOf(row) }));
  const isAnothers = 'other_account' in answer && row.first_code_time === null;
  return isAnothers ? orUnknown(ask({ out_trade_no, account: null })) : answer;
}
