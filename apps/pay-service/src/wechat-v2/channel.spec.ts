import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import { aNotice, answerHead, golden, merchant, paidFields, plain, signed } from '../spec-kit';
import {
  aChannel,
  account,
  no,
  out_trade_no,
  payment,
  refund_0,
  refunded,
  refundRequest,
  success,
  trade,
} from './channel-spec-kit';
import { isSignatureValid } from './sign';
import { xmlToMap } from './xml';

const { appid, mch_id } = merchant;
const refundTrade = { ...trade, out_refund_no: refundRequest.out_refund_no };

type Channel = Awaited<ReturnType<typeof aChannel>>['channel'];
/** Each call: how it is made, how WeChat grants it, what the caller gets, and where it goes. */
const calls = {
  createNative: {
    make: (channel: Channel) => channel.createNative(channel.prepareNative(payment)),
    granted: success({ code_url: 'weixin://wxpay/bizpayurl?pr=Rz4uXyKzz', trade_type: 'NATIVE' }),
    verdict: { outcome: 'success', code_url: 'weixin://wxpay/bizpayurl?pr=Rz4uXyKzz' },
    path: '/pay/unifiedorder',
  },
  queryPayStatus: {
    make: (channel: Channel) => channel.queryPayStatus(trade),
    granted: success({ ...paidFields, trade_state: 'SUCCESS' }),
    verdict: {
      outcome: 'success',
      trade_state: 'SUCCESS',
      paid: {
        out_trade_no,
        transaction_id: paidFields.transaction_id,
        total_fee: 101,
        fee_type: 'CNY',
        pay_time: '2026-09-30T10:17:33+08:00',
      },
    },
    path: '/pay/orderquery',
  },
  closeOrder: {
    make: (channel: Channel) => channel.closeOrder(trade),
    granted: success(),
    verdict: { outcome: 'success' },
    path: '/pay/closeorder',
  },
  refund: {
    make: (channel: Channel) => channel.refund(refundRequest),
    granted: success(refunded),
    verdict: { outcome: 'success', refund_id: refunded.refund_id },
    path: '/secapi/pay/refund',
  },
  queryRefund: {
    make: (channel: Channel) => channel.queryRefund(refundTrade),
    granted: success(refund_0),
    verdict: {
      outcome: 'success',
      refund_status: 'PROCESSING',
      refund_fee: 50,
      refund_id: refund_0.refund_id_0,
      money: null,
    },
    path: '/pay/refundquery',
  },
} as const;

for (const [name, { make, granted, verdict, path }] of Object.entries(calls)) {
  test(`${name}: what WeChat grants is a success, and the contract takes it`, async (t) => {
    const { channel, requests, bodies } = await aChannel(t, { answer: granted });
    const got = await make(channel);
    assert.deepEqual(got, verdict);
    payService.methods[name as keyof typeof calls].output.parse(got);
    assert.equal(requests[0]?.url, path);
    assert.ok(isSignatureValid(xmlToMap(Buffer.from(bodies[0] ?? '')), merchant));
  });

  test(`${name}: what WeChat refuses is a no`, async (t) => {
    const { channel } = await aChannel(t, { answer: no('ORDERNOTEXIST') });
    const refused = { outcome: 'no', err_code: 'ORDERNOTEXIST', err_code_des: '原因' };
    assert.deepEqual(await make(channel), refused);
  });

  test(`${name}: whatever is not certain is unknown`, async (t) => {
    const fields = Object.fromEntries(xmlToMap(granted));
    const uncertain = {
      SYSTEMERROR: no('SYSTEMERROR'),
      'an unsigned failure': golden('G05'),
      'an unsigned success': plain({ ...fields, sign: '' }),
      'another merchant’s': signed({ ...fields, mch_id: '10000101', sign: '' }),
      HTML: Buffer.from('<html>busy</html>'),
      nothing: Buffer.from(''),
      'half an answer': granted.subarray(0, -9),
    };
    for (const [what, answer] of Object.entries(uncertain)) {
      const { channel } = await aChannel(t, { answer });
      assert.equal((await make(channel)).outcome, 'unknown', what);
    }
  });
}

test('a request is signed with the configured algorithm, and so must be its answer', async (t) => {
  const env = { WECHAT_SIGN_TYPE: 'HMAC-SHA256' };
  const hmac = { ...answerHead, result_code: 'SUCCESS' };
  const trusting = await aChannel(t, { env, answer: signed(hmac, 'HMAC-SHA256') });
  assert.equal((await trusting.channel.closeOrder(trade)).outcome, 'success');
  const fields = xmlToMap(Buffer.from(trusting.bodies[0] ?? ''));
  assert.equal(fields.get('sign_type'), 'HMAC-SHA256');
  assert.ok(isSignatureValid(fields, { ...merchant, sign_type: 'HMAC-SHA256' }));
  const weaker = await aChannel(t, { env, answer: signed(hmac) });
  assert.equal((await weaker.channel.closeOrder(trade)).outcome, 'unknown');
});

test('a repeat sends exactly the first parameters, whatever is configured now', async (t) => {
  const { channel, bodies } = await aChannel(t, { answer: calls.createNative.granted });
  const changed = await aChannel(t, {
    answer: calls.createNative.granted,
    env: {
      WECHAT_BODY: '别的',
      WECHAT_SERVER_IP: '203.0.113.7',
      WECHAT_NOTIFY_URL: 'https://new.example.com/n',
    },
  });
  const request = channel.prepareNative(payment);
  payService.methods.prepareNative.output.parse(request);
  await channel.createNative(request);
  await changed.channel.createNative(request);
  const [first, repeat] = [bodies[0], changed.bodies[0]].map((body) => {
    const { nonce_str, sign, ...rest } = Object.fromEntries(xmlToMap(Buffer.from(body ?? '')));
    return { rest, nonce_str };
  });
  assert.deepEqual(repeat?.rest, first?.rest);
  assert.notEqual(repeat?.nonce_str, first?.nonce_str);
  const { dialect, ...sent } = request;
  assert.deepEqual(first?.rest, { ...sent, sign_type: 'MD5' });
});

test('the request speaks Beijing time, and of no expiry when there is none', async (t) => {
  const { channel } = await aChannel(t);
  const { time_start, time_expire } = channel.prepareNative(payment);
  assert.deepEqual([time_start, time_expire], ['20260930101500', '20260930104500']);
  const unending = channel.prepareNative({ ...payment, expire_time: null });
  assert.ok(!('time_expire' in unending));
});

test('WeChat is never told an end that is nearer than it takes', async (t) => {
  const { channel } = await aChannel(t);
  for (const [now, expected] of [
    ['2026-09-30T02:39:00.000Z', '20260930104500'],
    ['2026-09-30T02:39:01.000Z', '20260930104501'],
    ['2026-09-30T02:44:59.999Z', '20260930105059'],
  ] as const) {
    assert.equal(channel.prepareNative({ ...payment, now }).time_expire, expected);
  }
});

test('a payment of another appid or mch_id is not asked about', async (t) => {
  const { channel, bodies } = await aChannel(t, { answer: no('ORDERNOTEXIST') });
  for (const other of [
    { appid, mch_id: '10000101' },
    { appid: 'wx0000000000000000', mch_id },
  ]) {
    const request = { ...channel.prepareNative(payment), ...other };
    const theirs = { out_trade_no, account: { ...account, ...other } };
    const verdicts = [
      await channel.createNative(request),
      await channel.queryPayStatus(theirs),
      await channel.closeOrder(theirs),
      await channel.refund({ ...refundRequest, ...other }),
      await channel.queryRefund({ ...refundTrade, ...theirs }),
    ];
    for (const verdict of verdicts) {
      assert.ok(verdict.outcome === 'unknown' && verdict.other_account, JSON.stringify(verdict));
    }
  }
  assert.equal(bodies.length, 0);
  assert.equal((await channel.closeOrder({ out_trade_no, account: null })).outcome, 'no');
});

test('a payment is paid only when the answer says all of it', async (t) => {
  const full = { ...paidFields, trade_state: 'SUCCESS' };
  const outcomeOf = async (fields: Record<string, string>) => {
    const { channel } = await aChannel(t, { answer: success(fields) });
    return channel.queryPayStatus(trade);
  };
  for (const missing of ['out_trade_no', 'trade_state']) {
    assert.equal((await outcomeOf({ ...full, [missing]: '' })).outcome, 'unknown', missing);
  }
  for (const missing of ['transaction_id', 'total_fee', 'time_end']) {
    const unreadable = { outcome: 'success', trade_state: 'SUCCESS', paid: null };
    assert.deepEqual(await outcomeOf({ ...full, [missing]: '' }), unreadable, missing);
  }
  assert.equal((await outcomeOf({ ...full, out_trade_no: '1' })).outcome, 'unknown');
  const nameless = await outcomeOf({ trade_state: 'NOTPAY', total_fee: '101' });
  assert.equal(nameless.outcome, 'unknown', 'an answer about no payment in particular');
  const refund = await outcomeOf({ ...full, trade_state: 'REFUND' });
  assert.ok('paid' in refund && refund.paid?.total_fee === 101, 'refunded money was received');
  for (const trade_state of ['NOTPAY', 'CLOSED', 'USERPAYING', 'PAYERROR', 'SOMETHING_NEW']) {
    const unpaid = { outcome: 'success', trade_state, paid: null };
    assert.deepEqual(await outcomeOf({ out_trade_no, trade_state, total_fee: '101' }), unpaid);
  }
});

test('a code that is missing or too long to be one is unknown', async (t) => {
  for (const code_url of ['', `weixin://${'x'.repeat(60)}`]) {
    const { channel } = await aChannel(t, { answer: success({ code_url }) });
    assert.equal((await channel.createNative(channel.prepareNative(payment))).outcome, 'unknown');
  }
});

test('a notice is answered by its own rules: the money it brings, or a FAIL', async (t) => {
  const { channel } = await aChannel(t);
  const good = await channel.readNotice({ body: signed(aNotice()), headers: {} });
  assert.ok(good.news?.is === 'payment');
  assert.equal(good.news.paid.total_fee, 101);
  const reply = { status: 200, type: 'text/xml; charset=utf-8' };
  assert.deepEqual(good.reply, { ...reply, body: golden('G24').toString() });
  const body = plain(aNotice({ sign: 'A'.repeat(32) }));
  const forged = await channel.readNotice({ body, headers: {} });
  assert.deepEqual(forged, { news: null, reply: { ...reply, body: golden('G25').toString() } });
});

test('a request for a code in the other dialect is never told in this one', async (t) => {
  const { channel, bodies } = await aChannel(t, { answer: calls.createNative.granted });
  const verdict = await channel.createNative({
    dialect: 'v3',
    appid,
    mchid: mch_id,
    description: 'shop',
    out_trade_no,
    notify_url: 'https://pay.example.com/wxpay/notify',
    amount: { total: 101, currency: 'CNY' },
    scene_info: { payer_client_ip: '127.0.0.1' },
  });
  assert.ok(verdict.outcome === 'no' && verdict.err_code === 'DIALECT_GONE');
  assert.equal(bodies.length, 0);
});

test('the log has neither key nor signature, code or nonce', async (t) => {
  const { channel, lines, bodies } = await aChannel(t, { answer: calls.createNative.granted });
  await channel.createNative(channel.prepareNative(payment));
  for (const body of [
    signed(aNotice()),
    plain(aNotice({ sign: 'B'.repeat(32) })),
    golden('G26-refund-notify.xml'),
  ]) {
    await channel.readNotice({ body, headers: {} });
  }
  const fields = xmlToMap(Buffer.from(bodies[0] ?? ''));
  const log = lines.join('');
  assert.ok(log.includes(out_trade_no));
  for (const secret of [merchant.key, 'pr=Rz4u', 'B'.repeat(32), 'req_info']) {
    assert.ok(!log.includes(secret), secret);
  }
  for (const name of ['sign', 'nonce_str']) assert.ok(!log.includes(fields.get(name) ?? ''), name);
});

test('a no is logged in WeChat’s own words, as one clean line', async (t) => {
  const words = { err_code: 'NOAUTH', err_code_des: '商户号\n未开通' };
  const answer = signed({ ...answerHead, result_code: 'FAIL', ...words });
  const { channel, lines } = await aChannel(t, { answer });
  const verdict = await channel.createNative(channel.prepareNative(payment));
  const no = { err_code: 'NOAUTH', err_code_des: '商户号 未开通' };
  assert.deepEqual(verdict, { outcome: 'no', ...no });
  const line = JSON.parse(lines.find((each) => each.includes('asked WeChat')) ?? '{}');
  assert.deepEqual({ ...line, out_trade_no, ...no }, line);
});

test('whether the key is right, a question about nobody’s payment tells', async (t) => {
  const told = async (answer: Buffer) => {
    const { channel, bodies } = await aChannel(t, { answer });
    const [finding, appid, ...none] = await channel.check();
    assert.deepEqual(none, []);
    assert.match(bodies[0] ?? '', /saoma-check/);
    return { ...finding, appid: appid?.is };
  };
  const right = await told(no('ORDERNOTEXIST'));
  assert.deepEqual([right.is, right.appid], ['good', 'unproved']);
  assert.equal((await told(no('APPID_MCHID_NOT_MATCH'))).appid, 'bad');
  const foreign = plain(Object.fromEntries(xmlToMap(signed({ ...answerHead, sign: 'A' }))));
  for (const wrong of [golden('G05'), foreign]) {
    const finding = await told(wrong);
    assert.deepEqual([finding.is, finding.appid], ['bad', undefined]);
    assert.match(
      finding.says ?? '',
      /WECHAT_APPID, WECHAT_MCH_ID and WECHAT_KEY \(the API key of APIv2/,
    );
  }
  const silent = await told(Buffer.from(''));
  assert.equal(silent.is, 'unknown');
  assert.match(silent.says ?? '', /can this machine reach WeChat/);
});
