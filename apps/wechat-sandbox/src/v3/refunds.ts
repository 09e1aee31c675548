import type { Book } from '../book/book';
import { isNo, no } from '../book/no';
import { refundStatus } from '../book/refund';
import { countCall, type Refund, type Trade } from '../book/trade';
import { beijingIso } from '../clock';
import { accountUrl, type Merchant } from '../merchant';
import type { Call } from './call';
import { outRefundNoInPath, refundFields } from './fields';
import { payerTotal } from './query';
import { isRefusal, paramError, type Refusal, refusals, worded } from './refusal';
import { isObject, readBody } from './rules';

/** Success means accepted: how it ends is told by the query and the notice. */
export const refund: Call = {
  name: 'refund',
  method: 'POST',
  path: '/v3/refund/domestic/refunds',
  act({ merchant, body }, { book, refunded }) {
    const given = readBody(body, refundFields);
    if (isRefusal(given)) return given;
    const trade = tradeToRefund(given, merchant, book);
    if (isRefusal(trade)) return trade;
    countCall(trade, refund.name);
    const amount = isObject(given.amount) ? given.amount : {};
    const url = typeof given.notify_url === 'string' && given.notify_url;
    const accepted = book.refund(trade, {
      out_refund_no: String(given.out_refund_no),
      refund_fee: Number(amount.refund),
      total_fee: Number(amount.total),
      isUnsettled: given.funds_account === 'UNSETTLED',
      // One that names no address is told to the merchant's account, and in XML.
      notify_url: url || accountUrl(merchant),
      notify_api: url ? 'v3' : 'v2',
    });
    if (isNo(accepted)) return worded(accepted);
    if (accepted.isNew) refunded(trade, accepted.refund);
    return { json: describe(trade, accepted.refund, book.clock.now()) };
  },
};

/** Either number names the order; both may, if it is the same one. */
function tradeToRefund(
  given: Readonly<Record<string, unknown>>,
  { mch_id }: Merchant,
  book: Book,
): Trade | Refusal {
  const transaction_id = String(given.transaction_id ?? '');
  const out_trade_no = String(given.out_trade_no ?? '');
  if (!transaction_id && !out_trade_no) {
    const words = '输入源“/body/out_trade_no”映射到字段“商户订单号”必填性规则校验失败';
    return paramError(`${words}，此字段为必填项`, { location: 'body', value: '' });
  }
  const trade = book.find({ mch_id, transaction_id, out_trade_no });
  if (!trade) return worded(no('notExist'));
  return out_trade_no && trade.out_trade_no !== out_trade_no ? refusals.otherOrder : trade;
}

export const refundQuery: Call = {
  name: 'refundquery',
  method: 'GET',
  path: '/v3/refund/domestic/refunds/{out_refund_no}',
  params: outRefundNoInPath,
  act({ merchant, params }, { book }) {
    const { out_refund_no = '' } = params;
    const known = book.findRefund(merchant.mch_id, { out_refund_no });
    if (!known) return refusals.refundNotExist;
    countCall(known.trade, refundQuery.name);
    return { json: describe(known.trade, known.refund, book.clock.now()) };
  },
};

const statuses = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  REFUNDCLOSE: 'CLOSED',
  CHANGE: 'ABNORMAL',
} as const;

export const statusOf = (refund: Refund, now: number) => statuses[refundStatus(refund, now)];

const receivers = {
  USER_BANK_CARD: '招商银行借记卡0403',
  MERCHANT_BANK_CARD: '商户银行卡',
} as const;

/** Where the money of a refund goes, or would have gone to. */
export function receivedBy({ card, ending }: Pick<Refund, 'card' | 'ending'>): string {
  if (card) return receivers[card];
  return ending === 'CHANGE' ? '招商银行信用卡0403' : '支付用户零钱';
}

/** The payer's part of a refund: as large a share of it as the payer paid of the order. */
export const payerRefund = (trade: Trade, { refund_fee }: Refund): number =>
  Math.round((refund_fee * payerTotal(trade)) / trade.total_fee);

/** A refund as the calls about it tell of it. */
export function describe(trade: Trade, accepted: Refund, now: number): Record<string, unknown> {
  const status = statusOf(accepted, now);
  const { refund_fee, total_fee } = accepted;
  const payer_refund = payerRefund(trade, accepted);
  return {
    amount: {
      currency: 'CNY',
      discount_refund: refund_fee - payer_refund,
      from: [],
      payer_refund,
      payer_total: payerTotal(trade),
      refund: refund_fee,
      refund_fee: 0,
      settlement_refund: refund_fee,
      settlement_total: total_fee,
      total: total_fee,
    },
    channel: accepted.card ? 'OTHER_BANKCARD' : 'ORIGINAL',
    create_time: beijingIso(accepted.create_ms),
    funds_account: accepted.isUnsettled ? 'UNSETTLED' : 'AVAILABLE',
    out_refund_no: accepted.out_refund_no,
    out_trade_no: accepted.out_trade_no,
    promotion_detail: [],
    refund_id: accepted.refund_id,
    status,
    ...(status === 'SUCCESS' && { success_time: beijingIso(accepted.success_ms) }),
    transaction_id: trade.paid?.transaction_id ?? '',
    user_received_account: receivedBy(accepted),
  };
}
