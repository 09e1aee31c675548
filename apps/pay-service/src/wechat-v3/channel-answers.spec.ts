import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import {
  calls,
  out_refund_no,
  out_trade_no,
  paid,
  paths,
  payment,
  refunded,
  refundRequest,
  trade,
  transaction_id,
} from './channel-spec-kit';
import { aChannel, account, answer, no, shop, vector, vectors } from './v3-spec-kit';

test('an answer about another payment, merchant or app is believed in nothing', async (t) => {
  for (const change of [
    { out_trade_no: '1' },
    { mchid: '1900000000' },
    { appid: 'wx0000000000000000' },
    { out_trade_no: undefined },
    { mchid: undefined },
    { appid: undefined },
    { trade_state: undefined },
    { trade_state: 7 },
  ]) {
    const given = answer(200, { ...paid, ...change });
    const { channel } = await aChannel(t, { wechat: { [paths.query]: given } });
    const { outcome } = await channel.queryPayStatus(trade);
    assert.equal(outcome, 'unknown', JSON.stringify(change));
  }
});

test('a payment is paid only when the answer says all of it', async (t) => {
  const told = async (change: object) => {
    const given = answer(200, { ...paid, ...change });
    const { channel } = await aChannel(t, { wechat: { [paths.query]: given } });
    const verdict = await channel.queryPayStatus(trade);
    assert.ok(verdict.outcome === 'success');
    return verdict;
  };
  for (const change of [
    { transaction_id: undefined },
    { amount: undefined },
    { amount: { currency: 'CNY' } },
    { amount: { total: '2500', currency: 'CNY' } },
    { amount: { total: 25.5, currency: 'CNY' } },
    { amount: { total: -1, currency: 'CNY' } },
    { success_time: undefined },
    { success_time: '2026-02-30T09:35:12+08:00' },
  ]) {
    const { trade_state, paid: money } = await told(change);
    assert.deepEqual([trade_state, money], ['SUCCESS', null], JSON.stringify(change));
  }
  const refund = await told({ trade_state: 'REFUND' });
  assert.equal(refund.paid?.total_fee, 2500, 'refunded money was received');
  const dollars = await told({ amount: { total: 2500, currency: 'USD' } });
  assert.equal(dollars.paid?.fee_type, 'USD', 'the order service judges the currency');
  for (const trade_state of ['NOTPAY', 'CLOSED', 'USERPAYING', 'SOMETHING_NEW']) {
    assert.equal((await told({ trade_state })).paid, null);
  }
});

test('a code that is missing or too long to be one is unknown', async (t) => {
  for (const wrong of [undefined, '', 7, `weixin://${'x'.repeat(60)}`]) {
    const given = answer(200, { code_url: wrong });
    const { channel } = await aChannel(t, { wechat: { [paths.native]: given } });
    assert.equal((await channel.createNative(channel.prepareNative(payment))).outcome, 'unknown');
  }
});

test('a code is told in the one spelling that all compare, however it is spelled', async (t) => {
  const told = async (path: string, code: string, call: keyof typeof calls) => {
    const { channel } = await aChannel(t, { wechat: { [path]: no(400, code) } });
    const verdict = await calls[call].make(channel);
    return verdict.outcome === 'no' ? verdict.err_code : verdict.outcome;
  };
  for (const [code, err_code] of [
    ['ORDER_PAID', 'ORDERPAID'],
    ['ORDERPAID', 'ORDERPAID'],
    ['ORDER_CLOSED', 'ORDERCLOSED'],
    ['ORDER_NOT_EXIST', 'ORDERNOTEXIST'],
    ['NOT_ENOUGH', 'NOTENOUGH'],
    ['USERACCOUNTABNORMAL', 'USER_ACCOUNT_ABNORMAL'],
    ['NO_AUTH', 'NOAUTH'],
    ['PARAMERROR', 'PARAM_ERROR'],
    ['INVALIDREQUEST', 'INVALID_REQUEST'],
    ['INVALID_REQUEST', 'INVALID_REQUEST'],
    ['MCH_NOT_EXISTS', 'MCH_NOT_EXISTS'],
    ['RESOURCE_NOT_EXISTS', 'RESOURCE_NOT_EXISTS'],
  ] as const) {
    assert.equal(await told(paths.refund, code, 'refund'), err_code);
  }
  for (const code of ['RESOURCE_NOT_EXISTS', 'RESOURCENOTEXISTS']) {
    assert.equal(await told(paths.refundQuery, code, 'queryRefund'), 'REFUNDNOTEXIST');
  }
});

test('a refund names the money, our number, the amounts, and why', async (t) => {
  const { channel, bodies } = await aChannel(t);
  const request = channel.prepareRefund({
    out_trade_no,
    transaction_id,
    out_refund_no,
    total_fee: 2500,
    refund_fee: 1000,
    reason: `商品已售完\u0007😀${'长'.repeat(80)}`,
    account: { ...account, dialect: 'v2' },
  });
  payService.methods.prepareRefund.output.parse(request);
  await channel.refund(request);
  await channel.refund({ ...request, reason: '' });
  const sent = {
    transaction_id,
    out_refund_no,
    notify_url: shop.refund_notify_url,
    amount: { refund: 1000, total: 2500, currency: 'CNY' },
  };
  const reason = `商品已售完${'长'.repeat(21)}`;
  assert.equal(Buffer.byteLength(reason), 78);
  assert.deepEqual(JSON.parse(bodies[0] ?? ''), { ...sent, reason });
  assert.deepEqual(JSON.parse(bodies[1] ?? ''), sent);
});

test('a refund is accepted only when the answer is about exactly it', async (t) => {
  for (const change of [
    { out_refund_no: '1' },
    { out_refund_no: undefined },
    { out_trade_no: '1' },
    { transaction_id: '4200000000000000000000000000' },
    { refund_id: undefined },
    { refund_id: '5'.repeat(33) },
    { amount: { ...refunded.amount, refund: 1001 } },
    { amount: { ...refunded.amount, total: 2501 } },
    { amount: { ...refunded.amount, currency: 'USD' } },
    { amount: undefined },
  ]) {
    const given = answer(200, { ...refunded, ...change });
    const { channel } = await aChannel(t, { wechat: { [paths.refund]: given } });
    const { outcome } = await channel.refund(refundRequest);
    assert.equal(outcome, 'unknown', JSON.stringify(change));
  }
});

test('since when the payer has the money is told if it can be read', async (t) => {
  const time = '2026-10-12T10:00:09+08:00';
  for (const [success_time, told] of [
    [time, time],
    ['2026-02-30T10:00:09+08:00', undefined],
    ['', undefined],
    [undefined, undefined],
  ]) {
    const given = answer(200, { ...refunded, status: 'SUCCESS', success_time });
    const { channel } = await aChannel(t, { wechat: { [paths.refundQuery]: given } });
    const verdict = await calls.queryRefund.make(channel);
    assert.ok(verdict.outcome === 'success');
    assert.equal(verdict.success_time, told);
  }
});

test('what became of a refund is said in v2’s words, and only of this refund', async (t) => {
  const told = async (change: object) => {
    const given = answer(200, { ...refunded, ...change });
    const { channel } = await aChannel(t, { wechat: { [paths.refundQuery]: given } });
    const verdict = await calls.queryRefund.make(channel);
    return verdict.outcome === 'success' ? verdict.refund_status : verdict.outcome;
  };
  const words = { SUCCESS: 'SUCCESS', PROCESSING: 'PROCESSING', CLOSED: 'REFUNDCLOSE' };
  for (const [status, word] of Object.entries({ ...words, ABNORMAL: 'CHANGE' })) {
    assert.equal(await told({ status }), word);
  }
  for (const change of [
    { status: 'SOMETHING_NEW' },
    { status: 'constructor' },
    { status: undefined },
    { out_refund_no: '1' },
    { out_trade_no: '1' },
  ]) {
    assert.equal(await told(change), 'unknown', JSON.stringify(change));
  }
  const another = await told({ amount: { ...refunded.amount, refund: 1 } });
  assert.equal(another, 'PROCESSING', 'the order service compares the amount');
});

test('a signature that WeChat refuses is told once, with what WeChat has checked', async (t) => {
  const refused = vector(vectors.unsignedAnswers, 'sign-error-401');
  const { headers } = refused;
  const given = { status: 401, headers, body: refused.body };
  const { channel, lines } = await aChannel(t, { wechat: { [paths.query]: given } });
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await channel.queryPayStatus(trade)).outcome, 'unknown');
  }
  const told = lines.map((line) => JSON.parse(line));
  assert.equal(told.filter(({ msg }) => msg === 'asked WeChat').length, 5);
  const [error, ...more] = told.filter(({ level }) => level === 50);
  assert.deepEqual([error.method, error.code, more], ['query', 'SIGN_ERROR', []]);
  assert.equal(error.kind, 'signature.refused');
  const { method, url } = JSON.parse(refused.body).detail.sign_information;
  assert.equal(error.sign_information.method, method);
  assert.equal(error.sign_information.url, url);
});
