import { Injectable } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import { isUnavailable } from '@saoma/contracts/errors';
import { paidStates, type payService } from '@saoma/contracts/pay';
import { IsNull } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { Anomalies } from '../ledger/anomalies';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { merchantOf, PayClient } from './pay-client';
import { endOf, lookAfterClose, nextLook } from './schedule';
import { Settlement } from './settlement';

type Status = Output<typeof payService, 'queryPayStatus'>;

/** What WeChat's word means for a payment that is unpaid here. */
type Finding =
  /** Money was received, and has been taken in. */
  | { readonly paid: true }
  /** Nobody can pay it any more, and why. */
  | { readonly dead: string }
  /** It can still be paid, or nobody can say: it is asked again. */
  | { readonly told: string };

/** States of a payment that waits for its payer: it can be closed. */
const aliveStates = ['NOTPAY', 'USERPAYING', 'PAYERROR', 'ACCEPT'];
/** States after which WeChat takes no money for a number. */
const deadStates = ['CLOSED', 'REVOKED'];
/** WeChat's word for a number that it does not know. */
const notExist = 'ORDERNOTEXIST';
const toldLengthMax = 64;
/** A request still on its way to WeChat has arrived or died this long after its attempt ended. */
const attemptSettledMs = 5_000;

/**
 * Looks at one payment: asks WeChat about it, settles it, or closes it when its time is over or
 * somebody wished it. It always asks before it closes, and closes at WeChat before it closes here.
 * Whatever it does not get to the end, the next look does.
 */
@Injectable()
export class Examination {
  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly config: OrderConfig,
    private readonly pay: PayClient,
    private readonly settlement: Settlement,
    private readonly history: History,
    private readonly anomalies: Anomalies,
  ) {
    this.books = database.settling;
  }

  /** One look, and the time of the next. */
  async examine(row: PayLogRow): Promise<void> {
    if (row.trade_state === '2') return this.lookForLateMoney(row);
    const isOver = row.close_wish_time !== null || new Date() >= endOf(row, this.config);
    const current = isOver ? await this.wishClosed(row, 'clock') : row;
    const finding = isOver ? await this.close(current) : await this.look(current);
    if ('dead' in finding) await this.settlement.closeOrders(row.out_trade_no, finding.dead);
    if ('told' in finding) await this.lookAgain(current, finding.told);
  }

  /** Writes the wish down first: from then on nobody is given a code, whatever dies. */
  async wishClosed(row: PayLogRow, actor: string): Promise<PayLogRow> {
    if (row.close_wish_time !== null) return row;
    const { out_trade_no } = row;
    const wished = await this.books.transaction(async (manager) => {
      const { affected } = await manager.update(
        PayLogRow,
        { out_trade_no, trade_state: '0', close_wish_time: IsNull() },
        { close_wish_time: new Date() },
      );
      if (affected === 1) {
        await this.history.append(manager, { out_trade_no, kind: 'close.wished', actor });
      }
      // Read again: an attempt may have been claimed just before the wish.
      return manager.findOneByOrFail(PayLogRow, { out_trade_no });
    });
    await crashPoint('close.wished');
    return wished;
  }

  private async look(row: PayLogRow): Promise<Finding> {
    // Without a frozen request WeChat was never asked for a code.
    if (row.native_request === null) return { told: 'never asked' };
    return this.judge(row, await this.query(row));
  }

  private async close(row: PayLogRow): Promise<Finding> {
    if (row.trade_state !== '0') return { paid: true };
    if (hasOpenAttempt(row)) return { told: 'a code is being asked for' };
    const finding = await this.judge(row, await this.query(row));
    if (!('told' in finding)) return finding;
    const isAlive = aliveStates.includes(finding.told) && Date.now() >= this.closeableMs(row);
    return isAlive || finding.told === notExist ? this.closeThere(row, finding.told) : finding;
  }

  /** Closes at WeChat what can be paid there, or what a query did not find there. */
  private async closeThere(row: PayLogRow, told: string): Promise<Finding> {
    const answer = await orUnknown(this.pay.closeOrder(tradeOf(row)));
    await crashPoint('close.answered');
    if (answer.outcome === 'success') return { dead: 'closed by us' };
    if (answer.outcome === 'unknown') return { told: `close: ${answer.reason}` };
    if (answer.err_code === 'ORDERCLOSED') return { dead: 'ORDERCLOSED' };
    // No request is under way and none will be made. One such word decides nothing: it names no
    // number, and might be the answer to somebody else's question.
    if (answer.err_code === notExist && told === notExist) return { dead: notExist };
    // The payer was faster than the close.
    if (answer.err_code === 'ORDERPAID') return this.judge(row, await this.query(row));
    return { told: `close: ${answer.err_code}` };
  }

  private async judge(row: PayLogRow, answer: Status): Promise<Finding> {
    if (answer.outcome === 'unknown') return { told: `unknown: ${answer.reason}` };
    if (answer.outcome === 'no') return { told: answer.err_code };
    if (answer.paid) {
      const settled = await this.settlement.updateOrderStatus(answer.paid, 'query');
      // Money of another amount is in the operator's hands; the payment goes on waiting.
      return settled === 'recorded' ? { told: 'other money' } : { paid: true };
    }
    const { trade_state } = answer;
    if (isUnreadable(answer)) return this.reportUnreadable(row, trade_state);
    return deadStates.includes(trade_state) ? { dead: trade_state } : { told: trade_state };
  }

  /** Money that nobody can read is an operator's; it may be readable at the next look. */
  private async reportUnreadable(row: PayLogRow, trade_state: string): Promise<Finding> {
    const { out_trade_no, total_fee } = row;
    const why = 'unreadable-money';
    const news = {
      out_trade_no,
      transaction_id: '',
      kind: why,
      total_fee,
      fee_type: 'CNY',
    } as const;
    await this.books.transaction(async (manager) => {
      if (!(await this.anomalies.report(manager, news))) return;
      await this.history.append(manager, {
        out_trade_no,
        kind: 'money.recorded',
        actor: 'wechat',
        detail: { why },
      });
    });
    return { told: `${trade_state}, unreadable` };
  }

  /** WeChat does not close in the first minutes after it has opened a payment. */
  private closeableMs(row: PayLogRow): number {
    const opened = row.first_code_time ?? row.native_time;
    return opened ? opened.getTime() + this.config.WECHAT_CLOSE_AFTER_MS : 0;
  }

  private async lookAgain(row: PayLogRow, told: string): Promise<void> {
    const { out_trade_no } = row;
    const now = new Date();
    const next = nextLook(row, now, this.config).getTime();
    const closeableMs = row.close_wish_time === null ? 0 : this.closeableMs(row);
    // A close that has to wait is due the moment WeChat takes it, not a pause later.
    const dueMs = closeableMs > now.getTime() ? Math.min(next, closeableMs) : next;
    const told_state = [...told].slice(0, toldLengthMax).join('');
    await this.books.transaction(async (manager) => {
      const change = { next_look_time: new Date(dueMs), told_state };
      await manager.update(PayLogRow, { out_trade_no, trade_state: '0' }, change);
      if (told_state === row.told_state) return;
      const detail = { told: told_state };
      await this.history.append(manager, {
        out_trade_no,
        kind: 'query.answered',
        actor: 'wechat',
        detail,
      });
    });
  }

  private async lookForLateMoney(row: PayLogRow): Promise<void> {
    const answer = await this.query(row);
    await this.judge(row, answer);
    const now = new Date();
    const next =
      answer.outcome === 'unknown' || isUnreadable(answer)
        ? nextLook(row, now, this.config)
        : lookAfterClose(row.close_wish_time ?? endOf(row, this.config), now);
    const { out_trade_no } = row;
    await this.books.statements((manager) =>
      manager.update(PayLogRow, { out_trade_no }, { next_look_time: next }),
    );
  }

  private async query(row: PayLogRow): Promise<Status> {
    const answer = await orUnknown(this.pay.queryPayStatus(tradeOf(row)));
    await crashPoint('query.answered');
    return answer;
  }
}

function isUnreadable(answer: Status): boolean {
  return answer.outcome === 'success' && !answer.paid && paidStates.includes(answer.trade_state);
}

/** Somebody may be asking WeChat for a code right now: only afterwards its word is final. */
function hasOpenAttempt({ attempt, attempt_until_time }: PayLogRow): boolean {
  if (attempt === null || attempt_until_time === null) return false;
  return Date.now() < attempt_until_time.getTime() + attemptSettledMs;
}

/** A pay service that is away is as good as a WeChat that is: the next look is a pause away. */
async function orUnknown<T>(answer: Promise<T>) {
  return answer.catch((error: Error) => {
    if (!isUnavailable(error)) throw error;
    return { outcome: 'unknown' as const, reason: error.message };
  });
}

function tradeOf(row: PayLogRow) {
  return { out_trade_no: row.out_trade_no, merchant: merchantOf(row) };
}
