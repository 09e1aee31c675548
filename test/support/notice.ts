import { createHash, randomBytes } from 'node:crypto';
import { beijingTime } from './beijing-time';
import type { Merchant } from './sandbox';

/** A payment notice's own fields beside the merchant's: what a test wants to say in it. */
export interface NoticeFields {
  readonly out_trade_no: string;
  readonly total_fee: number | string;
  readonly [field: string]: string | number | undefined;
}

/**
 * A payment notice as WeChat would write and sign it (MD5), written a third time so that neither
 * the pay service nor the sandbox is its own judge. A field given as undefined is left out.
 */
export function paymentNotice(merchant: Merchant, fields: NoticeFields): string {
  const all: Record<string, string | number | undefined> = {
    appid: merchant.WECHAT_APPID,
    bank_type: 'OTHERS',
    cash_fee: fields.total_fee,
    fee_type: 'CNY',
    is_subscribe: 'N',
    mch_id: merchant.WECHAT_MCH_ID,
    nonce_str: randomBytes(16).toString('hex'),
    openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    result_code: 'SUCCESS',
    return_code: 'SUCCESS',
    time_end: beijingTime(Date.now()),
    trade_type: 'NATIVE',
    transaction_id: `4200${Date.now()}${String(randomBytes(4).readUInt32BE()).padStart(11, '0')}`,
    ...fields,
  };
  return signedXml(merchant, all);
}

/** A message in WeChat's XML, signed with MD5. A field that is undefined or empty is left out. */
export function signedXml(
  { WECHAT_KEY }: Merchant,
  fields: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  const sorted = given.sort(([a], [b]) => (a < b ? -1 : 1));
  const signed = sorted.map(([name, value]) => `${name}=${value}`).join('&');
  const sign = createHash('md5').update(`${signed}&key=${WECHAT_KEY}`).digest('hex').toUpperCase();
  const elements = [...given, ['sign', sign]].map(
    ([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`,
  );
  return `<xml>${elements.join('\n')}</xml>`;
}
