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
import type { V2Wording, Wording } from './wording';

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

/** Whom a letter is for, and what it says already if an earlier process began to tell it. */
interface V2Desk {
  readonly merchant: Merchant;
  readonly said?: Wording | undefined;
}

const fieldsOf = ({ fields }: V2Wording): Fields => new Map(Object.entries(fields));

/** It reads the same at each repeat, byte for byte; undefined without an API key to sign it. */
export function v2PayLetter(
  trade: Trade,
  paid: Payment,
  { merchant: { key }, said }: V2Desk,
): Letter | undefined {
  if (!key) return undefined;
  const signer = { key, sign_type: trade.request.sign_type ?? 'MD5' } as const;
  const wording: V2Wording =
    said?.api === 'v2' ? said : { api: 'v2', fields: Object.fromEntries(payNotice(trade, paid)) };
  return {
    kind: 'pay',
    api: 'v2',
    url: trade.request.notify_url,
    trade,
    wording,
    write(fault) {
      if (fault?.kind === 'coupons') {
        paid.coupons = couponsFor(trade.total_fee);
        wording.fields = Object.fromEntries(payNotice(trade, paid));
      }
      return xml(writeFaulty(fieldsOf(wording), signer, fault));
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
  { merchant: { appid, mch_id, key }, said }: V2Desk,
): Letter | undefined {
  if (!refund.notify_url || !key) return undefined;
  const merchant = { appid, mch_id, key };
  const nonce_str = (said?.api === 'v2' && said.nonce_str) || noticeNonce();
  const wording: V2Wording =
    said?.api === 'v2'
      ? said
      : { api: 'v2', fields: Object.fromEntries(refundNotice(trade, refund)), nonce_str };
  return {
    kind: 'refund',
    api: 'v2',
    url: refund.notify_url,
    trade,
    refund,
    wording,
    write: (fault) => xml(writeFaultyRefund(fieldsOf(wording), { merchant, nonce_str }, fault)),
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
