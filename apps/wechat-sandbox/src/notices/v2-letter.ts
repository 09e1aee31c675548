import { noticeNonce } from '../book/numbers';
import type { Payment, Refund, Trade } from '../book/trade';
import type { NoticeFault } from '../faults/fault';
import type { Merchant, SignType } from '../merchant';
import {
  type KeyedMerchant,
  payNotice,
  refundNotice,
  writePayNotice,
  writeRefundNotice,
} from '../v2/notices';
import { type Fields, readXml } from '../v2/xml';
import type { Post, Reply } from './courier';
import type { Letter } from './letter';
import { couponsFor, stranger } from './made-up';

/** The key of no merchant here. */
const strangersKey = 'F0rgedF0rgedF0rgedF0rgedF0rgedF0';

const xml = (body: string): Post => ({ headers: { 'content-type': 'text/xml' }, body });

/** Only a body that says SUCCESS, under status 200, ends the repeats. */
function isReceived({ status, text }: Reply): boolean {
  try {
    return status === 200 && readXml(text).get('return_code') === 'SUCCESS';
  } catch {
    return false;
  }
}

/** It reads the same at each repeat, byte for byte; undefined without an API key to sign it. */
export function v2PayLetter(trade: Trade, paid: Payment, { key }: Merchant): Letter | undefined {
  if (!key) return undefined;
  const signer = { key, sign_type: trade.request.sign_type ?? 'MD5' } as const;
  let fields = payNotice(trade, paid);
  return {
    kind: 'pay',
    api: 'v2',
    url: trade.request.notify_url,
    trade,
    write(fault) {
      if (fault?.kind === 'coupons') {
        paid.coupons = couponsFor(trade.total_fee);
        fields = payNotice(trade, paid);
      }
      return xml(writeFaulty(fields, signer, fault));
    },
    isReceived,
  };
}

function writeFaulty(
  fields: Fields,
  signer: { key: string; sign_type: SignType },
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

/** Undefined when nobody wants to hear of the refund, or without an API key to encrypt it. */
export function v2RefundLetter(
  trade: Trade,
  refund: Refund,
  { appid, mch_id, key }: Merchant,
): Letter | undefined {
  if (!refund.notify_url || !key) return undefined;
  const merchant = { appid, mch_id, key };
  const fields = refundNotice(trade, refund);
  const nonce_str = noticeNonce();
  return {
    kind: 'refund',
    api: 'v2',
    url: refund.notify_url,
    trade,
    refund,
    write: (fault) => xml(writeFaultyRefund(fields, { merchant, nonce_str }, fault)),
    isReceived,
  };
}

function writeFaultyRefund(
  fields: Fields,
  { merchant, nonce_str }: { merchant: KeyedMerchant; nonce_str: string },
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
