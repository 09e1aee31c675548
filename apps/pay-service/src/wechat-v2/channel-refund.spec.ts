import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden, merchant } from '../spec-kit';
import { aChannel, ours, refunded, refundRequest, success } from './channel-spec-kit';
import { xmlToMap } from './xml';

test('a refund names the money, our number, the amounts, and why', async (t) => {
  const { channel, bodies } = await aChannel(t, { answer: success(refunded) });
  await channel.refund(refundRequest);
  const { nonce_str, sign, ...rest } = Object.fromEntries(xmlToMap(Buffer.from(bodies[0] ?? '')));
  assert.deepEqual(rest, {
    ...ours,
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
  const good = channel.readRefundNotice(golden('G26-refund-notify.xml'));
  assert.deepEqual(good, { out_refund_no: 'R20260930-0001', reply: golden('G24').toString() });
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
    const answer = channel.readRefundNotice(Buffer.from(bad));
    assert.deepEqual(answer, { out_refund_no: null, reply: golden('G25').toString() });
  }
});
