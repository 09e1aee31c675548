import { createCipheriv, createHash } from 'node:crypto';
import { noticeNonce } from '../book/numbers';
import type { Payment, Refund, Trade } from '../book/trade';
import { beijingDateTime } from '../clock';
import type { Merchant, SignType } from '../merchant';
import { paidFields } from './paid';
import { receivedBy, refundAccount } from './refundquery';
import { sign } from './sign';
import { type Fields, writeXml } from './xml';

const byName = (fields: Record<string, string>): Fields =>
  new Map(
    Object.entries(fields)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** The elements of a payment notice before it is signed, in the order of their names. */
export function payNotice(trade: Trade, paid: Payment): Fields {
  return byName({
    ...paidFields(trade, paid),
    appid: trade.appid,
    mch_id: trade.mch_id,
    nonce_str: noticeNonce(),
    result_code: 'SUCCESS',
    return_code: 'SUCCESS',
  });
}

/** Writes a payment notice, signed with the algorithm of the order's latest unifiedorder call. */
export function writePayNotice(fields: Fields, key: string, sign_type: SignType): string {
  const signed = { ...Object.fromEntries(fields), sign: sign(fields, key, sign_type) };
  return writeXml(byName(signed), (name) => name === 'total_fee');
}

/** What a refund notice says under its encryption. */
export function refundNotice(trade: Trade, refund: Refund): Fields {
  return byName({
    out_refund_no: refund.out_refund_no,
    out_trade_no: refund.out_trade_no,
    refund_account: refundAccount,
    refund_fee: String(refund.refund_fee),
    refund_id: refund.refund_id,
    refund_recv_accout: receivedBy,
    refund_request_source: 'API',
    refund_status: refund.ending,
    settlement_refund_fee: String(refund.refund_fee),
    settlement_total_fee: String(refund.total_fee),
    success_time: refund.ending === 'SUCCESS' ? beijingDateTime(refund.success_ms) : '',
    total_fee: String(refund.total_fee),
    transaction_id: trade.paid?.transaction_id ?? '',
  });
}

/** A merchant who has an API key. */
export type KeyedMerchant = Pick<Merchant, 'appid' | 'mch_id'> & { readonly key: string };

/** Writes a refund notice: unsigned; what it says can be read only with the merchant's API key. */
export function writeRefundNotice(about: Fields, merchant: KeyedMerchant, nonce_str: string) {
  const lines = [...about].map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`);
  const head = {
    return_code: 'SUCCESS',
    appid: merchant.appid,
    mch_id: merchant.mch_id,
    nonce_str,
    req_info: encryptRefundInfo(`<root>\n${lines.join('\n')}\n</root>`, merchant.key),
  };
  return writeXml(new Map(Object.entries(head)), () => false);
}

/** AES-256-ECB under the 32 ASCII bytes of the lower-case hex MD5 of the API key; Base64. */
export function encryptRefundInfo(plain: string, key: string): string {
  const cipher = createCipheriv('aes-256-ecb', createHash('md5').update(key).digest('hex'), null);
  return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]).toString('base64');
}
