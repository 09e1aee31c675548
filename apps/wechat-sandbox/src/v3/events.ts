import { randomUUID } from 'node:crypto';
import type { Payment, Refund, Trade } from '../book/trade';
import { beijingIso } from '../clock';
import type { Event } from './event';
import { paidMembers, payerTotal, promotions } from './query';
import { payerRefund, receivedBy, statusOf } from './refunds';

export function paidEvent(trade: Trade, paid: Payment): Event {
  const promotion_detail = promotions(paid);
  return {
    id: randomUUID(),
    create_time: beijingIso(paid.pay_ms),
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    original_type: 'transaction',
    plain: {
      ...paidMembers(trade, paid),
      ...(promotion_detail.length > 0 && { promotion_detail }),
    },
  };
}

const refundSummaries = { SUCCESS: '退款成功', ABNORMAL: '退款异常', CLOSED: '退款关闭' } as const;

/** A refund is told when it is over. */
export function refundEvent(trade: Trade, refund: Refund): Event {
  const refund_status = statusOf(refund, Infinity);
  const ended = refund_status === 'PROCESSING' ? 'SUCCESS' : refund_status;
  return {
    id: randomUUID(),
    create_time: beijingIso(refund.success_ms),
    event_type: `REFUND.${ended}`,
    summary: refundSummaries[ended],
    original_type: 'refund',
    plain: {
      mchid: refund.mch_id,
      out_trade_no: refund.out_trade_no,
      transaction_id: trade.paid?.transaction_id ?? '',
      out_refund_no: refund.out_refund_no,
      refund_id: refund.refund_id,
      refund_status: ended,
      ...(ended === 'SUCCESS' && { success_time: beijingIso(refund.success_ms) }),
      amount: {
        total: refund.total_fee,
        refund: refund.refund_fee,
        payer_total: payerTotal(trade),
        payer_refund: payerRefund(trade, refund),
      },
      user_received_account: receivedBy(refund),
    },
  };
}
