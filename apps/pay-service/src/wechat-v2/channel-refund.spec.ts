import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import { golden, merchant } from '../spec-kit';
import { aChannel, account, refunded, refundRequest, success } from './channel-spec-kit';
import { xmlToMap } from './xml';

const wish = {
  out_trade_no: refundRequest.out_trade_no,
  transaction_id: refundRequest.transaction_id,
  out_refund_no: refundRequest.out_refund_no,
  total_fee: refundRequest.total_fee,
  refund_fee: refundRequest.refund_fee,
  reason: '商品已售完\u0007😀',
};

test('a request for a refund says all that WeChat will hear', async (t) => {
  const { channel } = await aChannel(t);
  const request = channel.prepareRefund({ ...wish, account });
  assert.deepEqual(request, refundRequest);
  payService.methods.prepareRefund.output.parse(request);
  assert.deepEqual(channel.prepareRefund({ ...wish, account: null }), refundRequest);
  const other = { dialect: 'v3', appid: 'wx0000000000000000', mch_id: '10000101' } as const;
  const theirs = { ...refundRequest, ...other, dialect: 'v2' };
  assert.deepEqual(channel.prepareRefund({ ...wish, account: other }), theirs);
});

test('a refund names the money, our number, the amounts, and why', async (t) => {
  const env = { WECHAT_NOTIFY_URL: 'https://new.example.com/n' };
  const { channel, bodies } = await aChannel(t, { answer: success(refunded), env });
  await channel.refund(refundRequest);
  const { nonce_str, sign, ...rest } = Object.fromEntries(xmlToMap(Buffer.from(bodies[0] ?? '')));
  assert.deepEqual(rest, {
    appid: merchant.appid,
    mch_id: merchant.mch_id,
    sign_type: 'MD5',
    transaction_id: refundRequest.transaction_id,
    out_refund_no: refundRequest.out_refund_no,
    total_fee: '101',
    refund_fee: '50',
    refund_fee_type: 'CNY',
    refund_desc: '商品已售完',
    notify_url: 'https://pay.example.com/wxpay/refundNotify',
  });
});

test('a refund is accepted only when the answer is about exactly it', async (t) => {
  for (const change of [
    { out_refund_no: '1' },
    { out_refund_no: '' },
    { refund_fee: '51' },
    { refund_fee: '' },
    { total_fee: '102' },
    { out_trade_no: '1' },
    { transaction_id: '4200000000000000000000000000' },
    { refund_id: '' },
  ]) {
    const { channel } = await aChannel(t, { answer: success({ ...refunded, ...change }) });
    const { outcome } = await channel.refund(refundRequest);
    assert.equal(outcome, 'unknown', JSON.stringify(change));
  }
});

test('a shop without enough money is told no, and knows why', async (t) => {
  const { channel } = await aChannel(t, { answer: golden('G18') });
  const verdict = await channel.refund(refundRequest);
  assert.ok(verdict.outcome === 'no' && verdict.err_code === 'NOTENOUGH');
});

test('every bad refund notice gets the one FAIL', async (t) => {
  const { channel } = await aChannel(t);
  const good = await channel.readNotice({ body: golden('G26-refund-notify.xml'), headers: {} });
  const news = {
    is: 'refund',
    out_trade_no: '20260930T101500-0001',
    out_refund_no: 'R20260930-0001',
    transaction_id: '4200002345202609306543210987',
  };
  const reply = { status: 200, type: 'text/xml; charset=utf-8' };
  assert.deepEqual(good, { news, reply: { ...reply, body: golden('G24').toString() } });
  const text = golden('G26-refund-notify.xml').toString();
  for (const bad of [
    text.replace(/(req_info><!\[CDATA\[).{24}/, '$1'),
    text.replace('4gS8', '4gS9'),
    text.replace('4gS8', '****'),
    text.replace(merchant.mch_id, '10000101'),
    text.replace(/<req_info>.*<\/req_info>/, ''),
    text.slice(0, -1),
    '',
  ]) {
    const answer = await channel.readNotice({ body: Buffer.from(bad), headers: {} });
    assert.deepEqual(answer, { news: null, reply: { ...reply, body: golden('G25').toString() } });
  }
});
