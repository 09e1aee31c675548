import { RefundMoney, RefundStatus } from '@saoma/contracts/pay';
import { unknown } from '../unknown';
import type { RefundStatusVerdict, Unknown } from '../wechat-channel';
import { fromBeijingTime } from './beijing-time';
import { fenOf } from './fen';
import type { Fields } from './xml';

type Refunded = Extract<RefundStatusVerdict, { outcome: 'success' }>;

/** One answer holds ten refunds at most, numbered from 0 in the ends of the names. */
const refundNumberName = /^out_refund_no(_[0-9]{1,2})$/;

/**
 * What a verified refundquery says of the refund with our number: WeChat counts the refunds of an
 * answer (`refund_status_0`, `refund_status_1` ...), in no order. Anything missing, malformed,
 * named twice or in words that we do not know is unknown.
 */
export function readRefunded(fields: Fields, out_refund_no: string): Refunded | Unknown {
  const ours = [...fields].flatMap(([name, value]) => {
    const end = refundNumberName.exec(name)?.[1];
    return end && value === out_refund_no ? [end] : [];
  });
  const [end] = ours;
  if (!end || ours.length > 1) return unknown('answer not about this refund');
  const status = RefundStatus.safeParse(fields.get(`refund_status${end}`));
  if (!status.success) return unknown('answer with an unknown refund_status');
  const refund_fee = fenOf(fields.get(`refund_fee${end}`));
  const refund_id = fields.get(`refund_id${end}`);
  if (refund_fee === undefined || !refund_id) return unknown('answer without a readable refund');
  const facts = { refund_status: status.data, refund_fee, refund_id, money: readMoney(fields) };
  return { outcome: 'success', ...facts, ...readTime(fields.get(`refund_success_time${end}`)) };
}

/** `2026-09-30 10:31:08`; what is none is as good as missing. */
function readTime(text = ''): Pick<Refunded, 'success_time'> {
  const success_time = fromBeijingTime(text.replaceAll(/[- :]/g, ''));
  return success_time === undefined ? {} : { success_time };
}

/** What was refunded. Null where something is missing: then our own row has to know it. */
function readMoney(fields: Fields): Refunded['money'] {
  const { data = null } = RefundMoney.safeParse({
    out_trade_no: fields.get('out_trade_no'),
    transaction_id: fields.get('transaction_id'),
    total_fee: fenOf(fields.get('total_fee')),
  });
  return data;
}
