import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { PayConfig } from '../config';
import { GivenCodes } from '../given-codes';
import { aHost, answerHead, merchant, paidFields, signed } from '../spec-kit';
import { WechatHttp } from '../wechat-http';
import { WechatV2Channel } from './channel';

const { appid, mch_id } = merchant;
export const account = { dialect: 'v2' as const, appid, mch_id };
export const out_trade_no = paidFields.out_trade_no;
export const trade = { out_trade_no, account };
export const refundRequest = {
  out_trade_no,
  transaction_id: paidFields.transaction_id,
  out_refund_no: '9876543210987654321',
  total_fee: 101,
  refund_fee: 50,
  ...account,
  reason: '商品已售完',
  notify_url: 'https://pay.example.com/wxpay/refundNotify',
};
export const payment = {
  out_trade_no,
  total_fee: 101,
  create_time: '2026-09-30T02:15:00.000Z',
  expire_time: '2026-09-30T02:45:00.000Z',
  now: '2026-09-30T02:15:01.000Z',
};

/** The channel of the tests' merchant before a WeChat that answers `answer`. */
export async function aChannel(
  t: TestContext,
  {
    answer,
    env = {},
    codes = new GivenCodes(),
  }: { answer?: Uint8Array; env?: Record<string, string>; codes?: GivenCodes } = {},
) {
  const host = await aHost(t, (_body, response) => response.end(answer));
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const http = new WechatHttp({ url: host.url });
  t.after(() => http.close());
  const config = new PayConfig({
    WECHAT_APPID: appid,
    WECHAT_MCH_ID: mch_id,
    WECHAT_KEY: merchant.key,
    WECHAT_API_URL: host.url,
    WECHAT_NOTIFY_URL: 'https://pay.example.com/wxpay/notify',
    ...env,
  });
  assert.ok(config.v2);
  const channel = new WechatV2Channel(config.v2, http, { log, codes });
  return { channel, lines, ...host };
}

export const success = (fields: Record<string, string> = {}) =>
  signed({ ...answerHead, result_code: 'SUCCESS', ...fields });
export const no = (err_code: string) =>
  signed({ ...answerHead, result_code: 'FAIL', err_code, err_code_des: '原因' });
export const refunded = {
  out_trade_no,
  transaction_id: refundRequest.transaction_id,
  out_refund_no: refundRequest.out_refund_no,
  refund_id: '50300002342026093012345678901',
  refund_fee: '50',
  total_fee: '101',
};
export const refund_0 = {
  out_trade_no,
  out_refund_no_0: refundRequest.out_refund_no,
  refund_id_0: '50300002342026093012345678901',
  refund_fee_0: '50',
  refund_status_0: 'PROCESSING',
};
