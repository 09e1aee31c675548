import { Injectable, Logger } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import { NativeRequest, type payService } from '@saoma/contracts/pay';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { PayClient } from './pay-client';
import { PayLogRow } from './pay-log.entity';
import { endOf, lookAfterClose, nextLook } from './schedule';
import { Settlement } from './settlement';

type Status = Output<typeof payService, 'queryPayStatus'>;

/** What WeChat's word means for a payment that is unpaid here. */
type Finding =
  /** Money was received, and has been taken in. */
  | 'paid'
  /** Nobody can pay it any more. */
  | 'dead'
  /** It can still be paid. */
  | 'alive'
  /** Nobody can say; it is asked again. */
  | 'unknown';

/** States after which WeChat takes no money for a number. */
const deadStates = ['CLOSED', 'REVOKED'];
/** A request still on its way to WeChat has arrived or died this long after its attempt ended. */
const attemptSettledMs = 5_000;

/**
 * Looks at one payment: asks WeChat about it, settles it, or closes it when its time is over or
 * somebody wished it. It always asks before it closes, and closes at WeChat before it closes here.
 * Whatever it does not get to the end, the next look does.
 */
@Injectable()
export class Examination {
  private readonly logger = new Logger('examination');

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly pay: PayClient,
    private readonly settlement: Settlement,
  ) {}

  /** One look, and the time of the next. */
  async examine(row: PayLogRow): Promise<void> {
    if (row.trade_state === '2') return this.lookForLateMoney(row);
    const isOver = row.close_wish_time !== null || new Date() >= endOf(row, this.config);
    const current = isOver ? await this.wishClosed(row) : row;
    const finding = isOver ? await this.close(current) : await this.look(current);
    if (finding === 'dead') await this.settlement.closeOrders(row.out_trade_no);
    if (finding === 'alive' || finding === 'unknown') await this.lookAgain(current);
  }

  /** Writes the wish down first: from then on nobody is given a code, whatever dies. */
  async wishClosed(row: PayLogRow): Promise<PayLogRow> {
    if (row.close_wish_time !== null) return row;
    const { out_trade_no } = row;
    const close_wish_time = new Date();
    await this.database.read((manager) =>
      manager
        .createQueryBuilder()
        .update(PayLogRow)
        .set({ close_wish_time })
        .where("out_trade_no = :out_trade_no AND trade_state = '0'", { out_trade_no })
        .andWhere('close_wish_time IS NULL')
        .execute(),
    );
    // Read again: an attempt may have been claimed just before the wish.
    return this.database.read((manager) => manager.findOneByOrFail(PayLogRow, { out_trade_no }));
  }

  private async look(row: PayLogRow): Promise<Finding> {
    // Without a frozen request WeChat was never asked for a code.
    if (row.native_request === null) return 'alive';
    return this.judge(row, await this.query(row));
  }

  private async close(row: PayLogRow): Promise<Finding> {
    if (row.trade_state !== '0') return 'paid';
    if (hasOpenAttempt(row)) return 'alive';
    const finding = await this.judge(row, await this.query(row));
    if (finding !== 'alive' || Date.now() < this.closeableMs(row)) return finding;
    const answer = await this.pay.closeOrder(tradeOf(row));
    if (answer.outcome === 'success') return 'dead';
    if (answer.outcome === 'unknown') return 'unknown';
    if (answer.err_code === 'ORDERCLOSED') return 'dead';
    // The payer was faster than the close.
    if (answer.err_code === 'ORDERPAID') return this.judge(row, await this.query(row));
    this.logger.warn(`${row.out_trade_no} not closed by WeChat: ${answer.err_code}`);
    return 'alive';
  }

  private async judge(row: PayLogRow, answer: Status): Promise<Finding> {
    if (answer.outcome === 'unknown') return 'unknown';
    if (answer.outcome === 'no') {
      if (answer.err_code !== 'ORDERNOTEXIST') return 'unknown';
      // No request is under way and none will be made: what does not exist now never will.
      return row.close_wish_time !== null ? 'dead' : 'alive';
    }
    if (answer.paid) {
      const settled = await this.settlement.updateOrderStatus(answer.paid);
      // Money of another amount is in the operator's hands; the payment goes on waiting.
      return settled === 'recorded' ? 'unknown' : 'paid';
    }
    return deadStates.includes(answer.trade_state) ? 'dead' : 'alive';
  }

  /** WeChat does not close in the first minutes after it has opened a payment. */
  private closeableMs(row: PayLogRow): number {
    const opened = row.first_code_time ?? row.native_time;
    return opened ? opened.getTime() + this.config.WECHAT_CLOSE_AFTER_MS : 0;
  }

  private async lookAgain(row: PayLogRow): Promise<void> {
    const { out_trade_no } = row;
    const now = new Date();
    const next = nextLook(row, now, this.config).getTime();
    const isClosing = row.close_wish_time !== null;
    const closeableMs = isClosing ? this.closeableMs(row) : 0;
    // A close that has to wait is due the moment WeChat takes it, not a pause later.
    const dueMs = closeableMs > now.getTime() ? Math.min(next, closeableMs) : next;
    await this.setNextLook(out_trade_no, new Date(dueMs));
  }

  private async lookForLateMoney(row: PayLogRow): Promise<void> {
    const answer = await this.query(row);
    if (answer.outcome === 'success' && answer.paid) {
      await this.settlement.updateOrderStatus(answer.paid);
    }
    const now = new Date();
    const next =
      answer.outcome === 'unknown'
        ? nextLook(row, now, this.config)
        : lookAfterClose(row.close_wish_time ?? endOf(row, this.config), now);
    await this.setNextLook(row.out_trade_no, next);
  }

  private query(row: PayLogRow): Promise<Status> {
    return this.pay.queryPayStatus(tradeOf(row));
  }

  private async setNextLook(out_trade_no: string, next_look_time: Date | null): Promise<void> {
    await this.database.read((manager) =>
      manager.update(PayLogRow, { out_trade_no }, { next_look_time }),
    );
  }
}

/** Somebody may be asking WeChat for a code right now: only afterwards its word is final. */
function hasOpenAttempt({ attempt, attempt_until_time }: PayLogRow): boolean {
  if (attempt === null || attempt_until_time === null) return false;
  return Date.now() < attempt_until_time.getTime() + attemptSettledMs;
}

/** WeChat knows a number only together with the merchant that opened it. */
function tradeOf({ out_trade_no, native_request }: PayLogRow) {
  if (native_request === null) return { out_trade_no, merchant: null };
  const { appid, mch_id } = NativeRequest.parse(JSON.parse(native_request));
  return { out_trade_no, merchant: { appid, mch_id } };
}
