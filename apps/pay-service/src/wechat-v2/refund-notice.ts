import { createDecipheriv, createHash } from 'node:crypto';
import type { News } from '@saoma/contracts/pay';
import { AnyOutTradeNo, OutRefundNo, TransactionId } from '@saoma/contracts/values';
import { NotBelieved } from '../not-believed';
import type { Merchant } from './sign';
import { type Fields, xmlToMap } from './xml';

type RefundNews = Extract<News, { is: 'refund' }>;

/**
 * Reads which refund a notice is about. It carries no signature: that its secret part decrypts with
 * our key is all the proof there is, and its cipher lets blocks be swapped unseen. So the numbers
 * only say which refund to ask WeChat about.
 */
export function readRefundNews(fields: Fields, merchant: Merchant): RefundNews {
  if (fields.get('return_code') !== 'SUCCESS') throw new NotBelieved('return_code is not SUCCESS');
  if (fields.get('appid') !== merchant.appid) throw new NotBelieved('another appid');
  if (fields.get('mch_id') !== merchant.mch_id) throw new NotBelieved('another mch_id');
  const secret = xmlToMap(decryptReqInfo(fields.get('req_info') ?? '', merchant.key), 'root');
  const { data: out_refund_no } = OutRefundNo.safeParse(secret.get('out_refund_no'));
  if (out_refund_no === undefined) throw new NotBelieved('no out_refund_no');
  return {
    is: 'refund',
    out_trade_no: AnyOutTradeNo.safeParse(secret.get('out_trade_no')).data ?? null,
    out_refund_no,
    transaction_id: TransactionId.safeParse(secret.get('transaction_id')).data ?? null,
  };
}

/**
 * The plain bytes of a `req_info`: Base64 of AES-256-ECB with PKCS7, whose key is the 32 characters
 * of the API key's MD5 in lower case. Wrong Base64, length, key or padding fail alike.
 */
export function decryptReqInfo(req_info: string, apiKey: string): Buffer {
  const cipher = Buffer.from(req_info, 'base64');
  // Node reads over what is not Base64; only what is written back the same was whole.
  if (cipher.length > 0 && cipher.toString('base64') === req_info) {
    const key = createHash('md5').update(apiKey).digest('hex');
    const decipher = createDecipheriv('aes-256-ecb', key, null);
    try {
      return Buffer.concat([decipher.update(cipher), decipher.final()]);
    } catch {
      // The padding is wrong: the same answer as for anything else.
    }
  }
  throw new NotBelieved('does not decrypt');
}
