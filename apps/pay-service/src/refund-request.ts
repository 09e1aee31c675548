import type { Input } from '@saoma/contracts/define';
import type { payService, RefundRequest } from '@saoma/contracts/pay';
import type { Dialect } from '@saoma/contracts/values';
import { payerText } from './payer-text';

/** WeChat takes 80 characters; 80 bytes satisfy whoever counts bytes. */
const reasonBytesMax = 80;

/** Whose refund it is, unless the payment says so, and where WeChat tells of it. */
interface Own {
  readonly dialect: Dialect;
  readonly appid: string;
  readonly mch_id: string;
  readonly refund_notify_url: string;
}

/** The facts of a refund that WeChat will see, the same in both dialects. */
export function refundRequestOf(
  { account, reason, ...money }: Input<typeof payService, 'prepareRefund'>,
  own: Own,
): RefundRequest {
  const { appid, mch_id } = account ?? own;
  return {
    dialect: own.dialect,
    appid,
    mch_id,
    ...money,
    reason: payerText(reason, reasonBytesMax),
    notify_url: own.refund_notify_url,
  };
}
