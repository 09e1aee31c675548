import assert from 'node:assert/strict';
import { createVerify } from 'node:crypto';
import { describe, test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import {
  type Channel,
  calls,
  out_refund_no,
  out_trade_no,
  paid,
  paths,
  payment,
  refundRequest,
  trade,
} from './channel-spec-kit';
import {
  type Answer,
  aChannel,
  account,
  answer,
  appid,
  mchid,
  merchantKeys,
  no,
  nowMs,
  publicKeyOf,
  shop,
  signedHeaders,
  vectors,
} from './v3-spec-kit';

for (const [name, { make, path, granted, verdict }] of Object.entries(calls)) {
  describe(name, () => {
    test('what WeChat grants is a success', async (t) => {
      const { channel, requests } = await aChannel(t, { wechat: { [path]: granted } });
      const got = await make(channel);
      assert.deepEqual(got, verdict);
      payService.methods[name as keyof typeof calls].output.parse(got);
      assert.equal(requests.length, 1);
    });

    test('what WeChat refuses and signs is a no', async (t) => {
      for (const [status, code] of [
        [400, 'PARAM_ERROR'],
        [403, 'TRADE_ERROR'],
        [404, 'MCH_NOT_EXISTS'],
      ] as const) {
        const { channel } = await aChannel(t, { wechat: { [path]: no(status, code) } });
        assert.deepEqual(await make(channel), {
          outcome: 'no',
          err_code: code,
          err_code_des: '原因',
        });
      }
    });

    test('whatever is not certain is unknown', async (t) => {
      const refused = no(403, 'NO_AUTH');
      const stale = signedHeaders(granted.body, { atMs: nowMs - 301_000 });
      const by = signedHeaders(granted.body, { by: 'platform1' });
      const uncertain: Record<string, Answer> = {
        'an unsigned success': { ...granted, headers: {} },
        'an unsigned no': { ...refused, headers: {} },
        'a success signed over another body': { ...granted, body: `${granted.body} ` },
        'a no signed over another body': { ...refused, body: `${refused.body} ` },
        'a success of five minutes ago': { ...granted, headers: stale },
        'a success by another key': {
          ...granted,
          headers: { ...by, 'wechatpay-serial': merchantKeys.publicKey?.id ?? '' },
        },
        'an unknown key': { ...granted, headers: by },
        'a signed 202': answer(202, ''),
        'a signed 401': no(401, 'SIGN_ERROR'),
        'a signed 409': no(409, 'SOMETHING'),
        'a signed 429': no(429, 'FREQUENCY_LIMITED'),
        'a signed 500': no(500, 'SYSTEM_ERROR'),
        'a signed 503': no(503, 'SERVICE_UNAVAILABLE'),
        'a busy WeChat in a 403': no(403, 'RULE_LIMIT'),
        'a busy WeChat, spelled otherwise': no(400, 'FREQUENCYLIMITED'),
        'a no without a code': answer(400, { message: '原因' }),
        'a success of no object': answer(200, []),
        'an empty success': answer(200, ''),
        'a success without content': answer(204, ''),
        HTML: {
          ...answer(200, ''),
          body: '<html>busy</html>',
          headers: signedHeaders('<html>busy</html>'),
        },
      };
      for (const [what, given] of Object.entries(uncertain)) {
        const { channel } = await aChannel(t, { wechat: { [path]: given } });
        assert.equal((await make(channel)).outcome, 'unknown', what);
      }
    });
  });
}

test('every call is signed over what is sent, and names WeChat’s public key', async (t) => {
  const { channel, requests, bodies } = await aChannel(t, {
    wechat: { [paths.close]: answer(204, '') },
  });
  await Promise.all([
    ...Object.values(calls).map(({ make }) => make(channel)),
    channel.closeOrder(trade),
  ]);
  assert.equal(requests.length, 6);
  for (const [index, { method, url, headers }] of requests.entries()) {
    const scheme = 'WECHATPAY2-SHA256-RSA2048 ';
    const header = headers.authorization ?? '';
    assert.ok(header.startsWith(scheme));
    const fields = Object.fromEntries(
      header
        .slice(scheme.length)
        .split(',')
        .map((field) => {
          const [, name, value] = /^([a-z_]+)="(.*)"$/.exec(field) ?? [];
          return [name, value];
        }),
    );
    assert.equal(fields.mchid, mchid);
    assert.equal(fields.serial_no, vectors.identities.merchantSerial);
    assert.equal(fields.timestamp, String(nowMs / 1_000));
    const text = [method, url, fields.timestamp, fields.nonce_str, bodies[index], ''].join('\n');
    const check = createVerify('sha256').update(text);
    assert.ok(check.verify(publicKeyOf('merchant'), fields.signature ?? '', 'base64'), url);
    assert.equal(headers['wechatpay-serial'], merchantKeys.publicKey?.id);
    assert.equal(headers.accept, 'application/json');
    assert.equal(headers['content-type'], method === 'POST' ? 'application/json' : undefined);
  }
});

test('a request for a code is what was frozen, without the word for its dialect', async (t) => {
  const { channel, bodies } = await aChannel(t);
  const request = channel.prepareNative(payment);
  payService.methods.prepareNative.output.parse(request);
  await channel.createNative(request);
  await channel.createNative(request);
  const [first, repeat] = bodies;
  assert.equal(repeat, first);
  assert.deepEqual(JSON.parse(first ?? ''), {
    appid,
    mchid,
    description: shop.description,
    out_trade_no,
    time_expire: '2026-10-12T10:05:13+08:00',
    notify_url: shop.notify_url,
    amount: { total: 2500, currency: 'CNY' },
    scene_info: { payer_client_ip: shop.payer_client_ip },
  });
});

test('a payment ends when it was asked to, within a minute and seven days from now', async (t) => {
  const { channel } = await aChannel(t);
  const endOf = (afterMs: number | null) => {
    const expire_time = afterMs === null ? null : new Date(nowMs + afterMs).toISOString();
    const request = channel.prepareNative({ ...payment, expire_time });
    return 'time_expire' in request ? request.time_expire : undefined;
  };
  assert.equal(endOf(null), undefined);
  assert.equal(endOf(90_999), '2026-10-12T09:36:43+08:00');
  for (const soonMs of [-1, 0, 59_999]) assert.equal(endOf(soonMs), '2026-10-12T09:36:13+08:00');
  for (const lateMs of [7 * 86_400_000, 30 * 86_400_000]) {
    assert.equal(endOf(lateMs), '2026-10-19T09:35:13+08:00');
  }
});

test('a request of v2 is never sent in v3', async (t) => {
  const { channel, requests } = await aChannel(t);
  const v2 = { dialect: 'v2' } as Parameters<Channel['createNative']>[0];
  const verdict = await channel.createNative(v2);
  assert.ok(verdict.outcome === 'no' && verdict.err_code === 'DIALECT_GONE');
  assert.equal(requests.length, 0);
});

test('what v2 began is asked about by the same numbers', async (t) => {
  const { channel } = await aChannel(t, { wechat: { [paths.query]: answer(200, paid) } });
  const v2 = { ...account, dialect: 'v2' } as const;
  assert.equal((await channel.queryPayStatus({ out_trade_no, account: v2 })).outcome, 'success');
  assert.equal((await channel.queryPayStatus({ out_trade_no, account: null })).outcome, 'success');
});

test('a payment of another appid or mchid is not asked about', async (t) => {
  const { channel, requests } = await aChannel(t);
  for (const change of [{ appid: 'wx0000000000000000' }, { mch_id: '1900000000' }]) {
    const other = { ...account, ...change };
    const request = channel.prepareNative(payment);
    const asked = { ...request, appid: other.appid, mchid: other.mch_id } as typeof request;
    const verdicts = [
      await channel.createNative(asked),
      await channel.queryPayStatus({ out_trade_no, account: other }),
      await channel.closeOrder({ out_trade_no, account: other }),
      await channel.refund({ ...refundRequest, ...change }),
      await channel.queryRefund({ out_trade_no, out_refund_no, account: other }),
    ];
    for (const verdict of verdicts) {
      assert.ok(verdict.outcome === 'unknown' && verdict.other_account, JSON.stringify(verdict));
    }
  }
  assert.equal(requests.length, 0);
});
