import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beijingTime } from './beijing-time';
import { type Answer, ask } from './http';
import { type NoticeFields, paymentNotice } from './notice';
import type { Sandbox } from './sandbox';
import { sealNotice, type Twist } from './seal-notice';
import { v3Key, type Way } from './wechat';

/** What WeChat posts: the body, and the headers beside it. */
export interface Notice {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who is told, and in which way. */
interface Speaker {
  readonly way: Way;
  readonly sandbox: Sandbox;
}

/**
 * WeChat's own notice of a payment that its book need not have, in the way that is spoken. It was
 * paid just now by WeChat's clock, which a test may have turned.
 */
export async function trueNotice({ way, sandbox }: Speaker, fields: NoticeFields): Promise<Notice> {
  const told = { time_end: beijingTime(await sandbox.now()), ...fields };
  if (way === 'v2') return { body: paymentNotice(sandbox.merchant, told), headers: {} };
  const body = sealedNotice(paidIn(sandbox, told));
  return { body, headers: await sandbox.sign(body) };
}

/** Whether the merchant says that it has it, in its API's words. */
export const isTaken = ({ status, text }: Answer): boolean =>
  status === 204 || (status === 200 && text.includes('SUCCESS'));

/** WeChat tells of money for a payment, which need not be in its book, and is heard. */
export async function moneyComes(
  system: Speaker & { url(): string },
  fields: NoticeFields,
): Promise<void> {
  const notice = await trueNotice(system, fields);
  const answer = await ask('POST', `${system.url()}/pay/notify`, notice);
  assert.ok(isTaken(answer), answer.text);
}

/** What APIv3 says of a payment. */
export function paidIn({ merchant }: Sandbox, fields: NoticeFields): Record<string, unknown> {
  const { out_trade_no, total_fee: total, transaction_id, fee_type: currency = 'CNY' } = fields;
  const { time_end = beijingTime(Date.now()) } = fields;
  return {
    mchid: merchant.WECHAT_MCH_ID,
    appid: merchant.WECHAT_APPID,
    out_trade_no,
    transaction_id:
      transaction_id ?? `4200${String(randomBytes(6).readUIntBE(0, 6)).padStart(24, '0')}`,
    trade_type: 'NATIVE',
    trade_state: 'SUCCESS',
    trade_state_desc: '支付成功',
    bank_type: 'OTHERS',
    attach: '',
    success_time: String(time_end).replace(
      /^(....)(..)(..)(..)(..)(..)$/,
      '$1-$2-$3T$4:$5:$6+08:00',
    ),
    payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
    amount: { total, payer_total: total, currency, payer_currency: currency },
  };
}

/** A notice of APIv3 that says this to the merchant of the tests, not signed yet. */
export const sealedNotice = (plain: unknown, twist: Twist = {}): string =>
  sealNotice(v3Key, plain, twist);
