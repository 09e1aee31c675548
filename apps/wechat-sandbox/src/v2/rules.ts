import { isIP } from 'node:net';
import { billTypes } from '../bill/tradebill';
import { readBeijingTime } from '../clock';
import type { Fields } from './xml';

/** What one parameter may be. Lengths are characters, or UTF-8 bytes where it says so. */
interface Rule {
  readonly required?: true;
  readonly charsMax?: number;
  readonly bytesMax?: number;
  readonly form?: (value: string) => boolean;
}

/** The parameters that a call knows; others are let through, and are part of the signature. */
export type Rules = Readonly<Record<string, Rule>>;

const like = (pattern: RegExp) => (value: string) => pattern.test(value);
const beijingTime = (value: string) => readBeijingTime(value) !== undefined;
/** An integer as text, without sign, point or leading zero: `101`, never `101.0`. */
const fen = like(/^[1-9][0-9]{0,9}$/);
/** Absolute, with a path, without query and fragment: WeChat adds nothing and drops nothing. */
const notifyUrl = (value: string) =>
  /^https?:\/\/[^\s/?#@]+\/[^\s?#]*$/.test(value) && URL.canParse(value);

/** What every call carries. `sign_type` and `sign` are judged later, each with its own text. */
const head: Rules = {
  appid: { required: true, charsMax: 32 },
  mch_id: { required: true, charsMax: 32, form: like(/^[0-9]+$/) },
  nonce_str: { required: true, charsMax: 32, form: like(/^[0-9A-Za-z]+$/) },
};
const outTradeNo = like(/^[0-9A-Za-z_\-|*@]{6,32}$/);

export const unifiedorderRules: Rules = {
  ...head,
  device_info: { charsMax: 32 },
  // The page says characters, merchants report bytes: whoever keeps to bytes meets both.
  body: { required: true, bytesMax: 128 },
  detail: { charsMax: 6_000 },
  attach: { bytesMax: 127 },
  out_trade_no: { required: true, charsMax: 32, form: outTradeNo },
  fee_type: { charsMax: 16, form: like(/^CNY$/) },
  total_fee: { required: true, form: fen },
  spbill_create_ip: { required: true, charsMax: 64, form: (value) => isIP(value) !== 0 },
  time_start: { charsMax: 14, form: beijingTime },
  time_expire: { charsMax: 14, form: beijingTime },
  goods_tag: { charsMax: 32 },
  notify_url: { required: true, charsMax: 256, form: notifyUrl },
  trade_type: { required: true, charsMax: 16, form: like(/^NATIVE$/) },
  product_id: { charsMax: 32 },
  limit_pay: { charsMax: 32, form: like(/^no_credit$/) },
  openid: { charsMax: 128 },
  receipt: { charsMax: 8 },
  profit_sharing: { charsMax: 1, form: like(/^[YN]$/) },
  scene_info: { charsMax: 256 },
};

export const closeorderRules: Rules = { ...head, out_trade_no: { required: true, charsMax: 32 } };

/** An order by the merchant's number or WeChat's; one of the two has to be there. */
export const orderqueryRules: Rules = {
  ...head,
  transaction_id: { charsMax: 32 },
  out_trade_no: { charsMax: 32 },
};

export const refundRules: Rules = {
  ...orderqueryRules,
  out_refund_no: { required: true, charsMax: 64, form: like(/^[0-9A-Za-z_\-|*@]+$/) },
  total_fee: { required: true, form: fen },
  refund_fee: { required: true, form: fen },
  refund_fee_type: { form: like(/^CNY$/) },
  refund_desc: { charsMax: 80 },
  refund_account: { form: like(/^REFUND_SOURCE_(UN)?(SETTLED|RECHARGE)_FUNDS$/) },
  notify_url: { charsMax: 256, form: notifyUrl },
};

export const refundqueryRules: Rules = {
  ...orderqueryRules,
  refund_id: { charsMax: 32 },
  out_refund_no: { charsMax: 64 },
  offset: { form: like(/^[0-9]{1,4}$/) },
};

export const downloadbillRules: Rules = {
  ...head,
  bill_date: { required: true, form: (value) => beijingTime(`${value}000000`) },
  bill_type: { form: (value) => billTypes.some((type) => type === value) },
  tar_type: { form: like(/^GZIP$/) },
};

/** What is wrong with a call before anybody looks at its business. */
export interface Objection {
  readonly reason: 'missing' | 'format' | 'merchant' | 'sign_type' | 'sign';
  /** The parameter that is wrong, where it is one. */
  readonly name?: string;
  /** WeChat's words for it. */
  readonly words: string;
}

const missing = (name: string): Objection => ({
  reason: 'missing',
  name,
  words: `missing parameter ${name}`,
});

/** The first thing wrong with the parameters; undefined when all are right. */
export function breaksRule(fields: Fields, rules: Rules): Objection | undefined {
  for (const [name, rule] of Object.entries(rules)) {
    const value = fields.get(name) ?? '';
    if (value === '') {
      if (rule.required) return missing(name);
      continue;
    }
    const tooLong =
      [...value].length > (rule.charsMax ?? Infinity) ||
      Buffer.byteLength(value) > (rule.bytesMax ?? Infinity);
    if (tooLong) return { reason: 'format', name, words: `${name}参数长度有误` };
    if (rule.form && !rule.form(value)) {
      return { reason: 'format', name, words: `${name}参数格式错误` };
    }
  }
  return undefined;
}

/** The same for a call that takes any one of several numbers. */
export function lacksNumber(fields: Fields, names: readonly string[]): Objection | undefined {
  return names.some((name) => fields.get(name)) ? undefined : missing(names[0] ?? '');
}
