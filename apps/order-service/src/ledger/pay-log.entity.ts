import type { Payment, ToldPayment } from '@saoma/contracts/payments';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { ttlMsDefault } from '../config';
import {
  billDayOrNull,
  digit,
  fen,
  id,
  milliseconds,
  moment,
  momentOrNull,
  outTradeNo,
  userId,
} from '../database/columns';
import { type TradeDigit, tradeStates } from './trade-state';

/** A payment (the lesson's pay log): one amount over one or more orders. */
@Entity('tb_paylog')
@Index('tb_paylog_by_user_and_time', ['user_id', 'create_time', 'out_trade_no'])
@Index('tb_paylog_by_time', ['create_time', 'out_trade_no'])
@Index('tb_paylog_by_state_and_time', ['trade_state', 'create_time', 'out_trade_no'])
@Index('tb_paylog_by_due_time', ['next_look_time'])
@Index('tb_paylog_by_bill', ['bill_day', 'pay_time'])
@Index('tb_paylog_by_transaction', ['transaction_id'], { unique: true })
@Index('tb_paylog_by_shop_and_time', ['shop', 'create_time', 'out_trade_no'])
@Index('tb_paylog_by_merchant_order_no', ['merchant_order_no'])
export class PayLogRow {
  @PrimaryColumn(outTradeNo)
  out_trade_no!: string;

  @Column(userId)
  user_id!: string;

  @Column(moment)
  create_time!: Date;

  /** How many ms it may stay unpaid: what the configuration said when it was made. */
  @Column({ ...milliseconds, default: ttlMsDefault })
  ttl_ms!: number;

  @Column(momentOrNull)
  pay_time!: Date | null;

  @Column(fen)
  total_fee!: number;

  /** Fen that went back to the payer. */
  @Column(fen)
  refund_fee!: number;

  /**
   * Fen of all refunds that went back or may still: never more than `total_fee`. All, if money came
   * after it was closed.
   */
  @Column(fen)
  reserved_fee!: number;

  /** WeChat's number of the money that paid it, or that came first after it was closed. */
  @Column({ type: 'varchar', length: 32, nullable: true })
  transaction_id!: string | null;

  /** `0` NOTPAY, `1` SUCCESS, `2` CLOSED, `3` REFUND: paid, and some or all of it went back. */
  @Column(digit)
  trade_state!: TradeDigit;

  @Column(digit)
  pay_type!: '1' | '2' | '3';

  /** Order ids, comma separated; empty if a shop opened it for an order of its own. */
  @Column({ type: 'text' })
  order_list!: string;

  /** The shop that opened it for an order of its own, as the `sub` of its token; or null. */
  @Column({ ...userId, nullable: true })
  shop!: string | null;

  /** The shop's own number of that order. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  merchant_order_no!: string | null;

  /** What its payer reads; null: the name of WECHAT_BODY. */
  @Column({ type: 'varchar', length: 127, nullable: true })
  body!: string | null;

  /** What the shop wants to be told again, as JSON with its keys in order; null: nothing. */
  @Column({ type: 'text', nullable: true })
  metadata!: string | null;

  /** Where the page leads the payer afterwards; null: nowhere. */
  @Column({ type: 'varchar', length: 500, nullable: true })
  return_url!: string | null;

  /** The request for a code as JSON, frozen before WeChat was asked; null: WeChat knows of none. */
  @Column({ type: 'text', nullable: true })
  native_request!: string | null;

  /** When the request was frozen. */
  @Column(momentOrNull)
  native_time!: Date | null;

  @Column({ type: 'varchar', length: 64, nullable: true })
  code_url!: string | null;

  /** When WeChat lets the code die, or the payment's own time is over if that is sooner. */
  @Column(momentOrNull)
  code_expire_time!: Date | null;

  /** When the payment got its first code: v2's five minutes before a close count from here. */
  @Column(momentOrNull)
  first_code_time!: Date | null;

  /** Who is asking WeChat for a code now, and until when nobody else may. */
  @Column({ ...id, nullable: true })
  attempt!: string | null;

  @Column(momentOrNull)
  attempt_until_time!: Date | null;

  /** When a page last asked for the code: the payment is young for a while after it. */
  @Column(momentOrNull)
  asked_time!: Date | null;

  /** What WeChat's latest answer to a query was, so that the timeline has only what changed. */
  @Column({ type: 'varchar', length: 64, nullable: true })
  told_state!: string | null;

  /** WeChat has refused a code: it is not asked for one again before this. */
  @Column(momentOrNull)
  refused_until_time!: Date | null;

  /**
   * When WeChat told of money that this payment cannot take, so that it has no code since, or when
   * late money stopped going back by itself.
   */
  @Column(momentOrNull)
  misplaced_time!: Date | null;

  /**
   * Since when nobody can say what WeChat knows, or did when a close was asked for; null: its
   * latest answer was known.
   */
  @Column(momentOrNull)
  unknown_time!: Date | null;

  /** Since when nobody can say what WeChat did when a code was asked for; null: it is known. */
  @Column(momentOrNull)
  code_unknown_time!: Date | null;

  /** When somebody wished the payment closed. */
  @Column(momentOrNull)
  close_wish_time!: Date | null;

  /** When the watcher looks at this payment next; null: there is nothing left to see. */
  @Column(momentOrNull)
  next_look_time!: Date | null;

  /** The day whose bill has shown it; null: none has. */
  @Column(billDayOrNull)
  bill_day!: string | null;

  /** A payment that waits for its payer; WeChat has not heard of it. */
  static opened(facts: PayLogFacts, shopOrder: ShopOrder = nobodysOrder): PayLogRow {
    const row: PayLogRow = {
      ...facts,
      ...shopOrder,
      pay_time: null,
      refund_fee: 0,
      reserved_fee: 0,
      transaction_id: null,
      trade_state: '0',
      pay_type: '1',
      native_request: null,
      native_time: null,
      code_url: null,
      code_expire_time: null,
      first_code_time: null,
      attempt: null,
      attempt_until_time: null,
      asked_time: null,
      told_state: null,
      refused_until_time: null,
      misplaced_time: null,
      unknown_time: null,
      code_unknown_time: null,
      close_wish_time: null,
      // Until somebody asks for a code WeChat knows nothing of it: there is no earlier look.
      next_look_time: endOf(facts),
      bill_day: null,
    };
    return Object.assign(new PayLogRow(), row);
  }
}

type PayLogFacts = Pick<
  PayLogRow,
  'out_trade_no' | 'user_id' | 'create_time' | 'ttl_ms' | 'total_fee' | 'order_list'
>;

/** What a shop says of an order of its own, and which shop. */
export type ShopOrder = Pick<
  PayLogRow,
  'shop' | 'merchant_order_no' | 'body' | 'metadata' | 'return_url'
>;

const nobodysOrder: ShopOrder = {
  shop: null,
  merchant_order_no: null,
  body: null,
  metadata: null,
  return_url: null,
};

/** The one row of this number. */
export const byNumber = (out_trade_no: string) => ({
  where: 'out_trade_no = :out_trade_no',
  values: { out_trade_no },
});

type Life = Pick<PayLogRow, 'create_time' | 'ttl_ms'>;
type Held = Pick<
  PayLogRow,
  'misplaced_time' | 'transaction_id' | 'trade_state' | 'refund_fee' | 'total_fee'
>;
type Lasting = Life & Pick<PayLogRow, 'trade_state' | 'close_wish_time'>;

/** When an unpaid payment is closed: nobody is given its code any more from then on. */
export function endOf({ create_time, ttl_ms }: Life): Date {
  return new Date(create_time.getTime() + ttl_ms);
}

/** Nobody may pay it any more, and WeChat has still to say that nobody can. */
export function isClosing(row: Lasting): boolean {
  return row.trade_state === '0' && (row.close_wish_time !== null || new Date() >= endOf(row));
}

/**
 * WeChat has money for it that an operator has to look into: nobody may pay it again. Late money
 * that does not go back by itself any more is such until all of it is back.
 */
export function isHeld(row: Held): boolean {
  const { misplaced_time, transaction_id, trade_state, refund_fee, total_fee } = row;
  if (misplaced_time === null) return false;
  return transaction_id === null || (trade_state === '2' && refund_fee < total_fee);
}

/** The same in the words of both databases. */
export const heldSql = `misplaced_time IS NOT NULL
  AND (transaction_id IS NULL OR (trade_state = '2' AND refund_fee < total_fee))`;

export function orderIdsOf({ order_list }: Pick<PayLogRow, 'order_list'>): string[] {
  return order_list === '' ? [] : order_list.split(',');
}

/** The row as its shop and operators see it. */
export function toPayment(row: PayLogRow): ToldPayment {
  const { out_trade_no, user_id, total_fee, pay_type, transaction_id, order_list } = row;
  return {
    out_trade_no,
    user_id,
    total_fee,
    trade_state: tradeStates[row.trade_state],
    pay_type,
    transaction_id,
    create_time: row.create_time.toISOString(),
    expire_time: endOf(row).toISOString(),
    closing: isClosing(row),
    held: isHeld(row),
    unknown_time: (row.trade_state === '0' && row.unknown_time?.toISOString()) || null,
    pay_time: row.pay_time?.toISOString() ?? null,
    order_list,
    refund_fee: row.refund_fee,
    ...(row.shop !== null && wordsOfShop(row)),
  };
}

/** What a shop has said of its own order; of a cart's payment it is null. */
export function wordsOfShop({ merchant_order_no, body, metadata, return_url }: PayLogRow) {
  // A list may have been read without it.
  const told: Payment['metadata'] = metadata ? JSON.parse(metadata) : null;
  return { merchant_order_no, body, metadata: told, return_url };
}
