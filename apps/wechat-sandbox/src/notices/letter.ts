import { noticeNonce } from '../book/numbers';
import type { Coupon, Payment, Refund, Trade } from '../book/trade';
import type { NoticeFault } from '../faults/fault';
import type { Merchant } from '../merchant';
import { payNotice, refundNotice, writePayNotice, writeRefundNotice } from '../v2/notices';
import type { Fields } from '../v2/xml';

/** One piece of news for a merchant. It reads the same at each repeat, byte for byte. */
export interface Letter {
  readonly kind: 'pay' | 'refund';
  readonly url: string;
  readonly trade: Trade;
  readonly refund?: Refund;
  write(fault?: NoticeFault): string;
}

/** A key and numbers that no merchant here has. */
const strangersKey = 'F0rgedF0rgedF0rgedF0rgedF0rgedF0';
const stranger = { appid: 'wx0f0e0d0c0b0a0908', mch_id: '1999999999' };

/** A part of every amount from 2 fen on is paid by two coupons; their numbers exceed 2^53. */
function couponsFor(total_fee: number): Coupon[] {
  const fee = total_fee < 2 ? 0 : Math.max(1, Math.floor((total_fee * 3) / 10));
  const first = Math.floor(fee / 3);
  return [
    { coupon_id: '2000000000472570001', coupon_fee: first },
    { coupon_id: '2000000000472570002', coupon_fee: fee - first },
  ].filter(({ coupon_fee }) => coupon_fee > 0);
}

export function payLetter(trade: Trade, paid: Payment, merchant: Merchant): Letter {
  let fields = payNotice(trade, paid);
  return {
    kind: 'pay',
    url: trade.request.get('notify_url') ?? '',
    trade,
    write(fault) {
      if (fault?.kind === 'coupons') {
        paid.coupons = couponsFor(trade.total_fee);
        fields = payNotice(trade, paid);
      }
      return writeFaulty(fields, { key: merchant.key, sign_type: trade.sign_type }, fault);
    },
  };
}

function writeFaulty(
  fields: Fields,
  signer: { key: string; sign_type: Trade['sign_type'] },
  fault: NoticeFault | undefined,
): string {
  const write = (more: Record<string, string>, key = signer.key) =>
    writePayNotice(new Map([...fields, ...Object.entries(more)]), key, signer.sign_type);
  switch (fault?.kind) {
    case 'forged':
      return write({}, strangersKey);
    case 'altered_amount': {
      const fee = String(fault.total_fee);
      if (fault.signed) return write({ total_fee: fee, cash_fee: fee });
      return write({}).replace(/<total_fee>[0-9]+</, `<total_fee>${fee}<`);
    }
    case 'other_merchant':
      return write(stranger);
    case 'unknown_elements':
      return write({ unknown_new_field: 'x', zz_rate_value: '{"rate":"7.1"}' });
    case 'sign_type':
      return write(fault.present ? { sign_type: signer.sign_type } : {});
    default:
      return write({});
  }
}

/** Undefined when nobody wants to hear of the refund. */
export function refundLetter(trade: Trade, refund: Refund, merchant: Merchant): Letter | undefined {
  if (!refund.notify_url) return undefined;
  const fields = refundNotice(trade, refund);
  const nonce_str = noticeNonce();
  return {
    kind: 'refund',
    url: refund.notify_url,
    trade,
    refund,
    write: (fault) => writeFaultyRefund(fields, { merchant, nonce_str }, fault),
  };
}

function writeFaultyRefund(
  fields: Fields,
  { merchant, nonce_str }: { merchant: Merchant; nonce_str: string },
  fault: NoticeFault | undefined,
): string {
  switch (fault?.kind) {
    case 'forged':
      return writeRefundNotice(fields, { ...merchant, key: strangersKey }, nonce_str);
    case 'other_merchant':
      return writeRefundNotice(fields, { ...merchant, ...stranger }, nonce_str);
    case 'altered_amount': {
      const fee = String(fault.total_fee);
      const altered = new Map(fields).set('refund_fee', fee).set('settlement_refund_fee', fee);
      return writeRefundNotice(altered, merchant, nonce_str);
    }
    case 'unknown_elements': {
      const more = new Map(fields).set('unknown_new_field', 'x');
      return writeRefundNotice(more, merchant, nonce_str);
    }
    default:
      return writeRefundNotice(fields, merchant, nonce_str);
  }
}
