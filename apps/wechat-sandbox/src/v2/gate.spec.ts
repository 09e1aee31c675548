import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { anOrder, aSandbox, call, callAs, golden, post, signedCall } from '../spec-kit';
import { writeXml } from './xml';

const refusal = (return_msg: string) => [
  ['return_code', 'FAIL'],
  ['return_msg', return_msg],
];

test('the golden requests, MD5 and HMAC-SHA256, are taken as they are', async (t) => {
  const kit = await aSandbox(t, { at: '2026-09-30T10:15:00+08:00' });
  for (const sample of ['G01', 'G08', 'G02']) {
    const answer = await post(
      `${kit.url}/pay/${sample === 'G08' ? 'orderquery' : 'unifiedorder'}`,
      golden(sample),
    );
    assert.equal(answer.get('result_code'), 'SUCCESS', sample);
    assert.equal(answer.get('sign')?.length, sample === 'G02' ? 64 : 32);
    assert.equal(answer.has('sign_type'), false);
  }
});

test('WeChat’s checks come in their order, and each has its own words', async (t) => {
  const kit = await aSandbox(t);
  const url = `${kit.url}/pay/unifiedorder`;
  const stranger = { ...exampleMerchant, mch_id: '10000199' };
  const otherApp = { ...exampleMerchant, appid: 'wx0000000000000000' };
  const lost = signedCall(anOrder(), { merchant: stranger });
  const cases: [body: string, words: string][] = [
    ['', 'post数据为空'],
    ['hello', 'XML格式错误'],
    ['<!DOCTYPE xml><xml><appid>1</appid></xml>', 'XML格式错误'],
    [signedCall(anOrder({ total_fee: '' }), { merchant: stranger }), 'missing parameter total_fee'],
    [signedCall(anOrder({ trade_type: 'X' }), { merchant: stranger }), 'trade_type参数格式错误'],
    [lost, '商户号mch_id或sub_mch_id不存在'],
    [signedCall(anOrder({ sign_type: 'SHA1' }), { merchant: otherApp }), 'appid不存在'],
    [signedCall(anOrder({ sign_type: 'SHA1' })), 'PARAM_ERROR:sign_type'],
    [signedCall(anOrder(), { merchant: { ...exampleMerchant, key: 'x'.repeat(32) } }), '签名错误'],
  ];
  for (const [body, words] of cases) assert.deepEqual([...(await post(url, body))], refusal(words));
  const got = await fetch(url);
  assert.match(await got.text(), /请使用post方法/);
  const latin = await fetch(url, { method: 'POST', body: Buffer.from([0x3c, 0xff, 0xfe]) });
  assert.match(await latin.text(), /编码格式错误/);
  assert.deepEqual(await kit.control.trades(), []);
});

describe('every flipped bit is refused, and changes nothing', () => {
  test('in each digit of the signature, the fields and the key', async (t) => {
    const kit = await aSandbox(t);
    const url = `${kit.url}/pay/unifiedorder`;
    const whole = signedCall(anOrder());
    const flip = (text: string, at: number) =>
      text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);

    const sign = whole.indexOf('<sign><![CDATA[') + '<sign><![CDATA['.length;
    for (let at = sign; at < sign + 32; at += 1) {
      assert.deepEqual([...(await post(url, flip(whole, at)))], refusal('签名错误'));
    }
    for (const [name, value] of Object.entries(anOrder())) {
      const flipped = flip(value, value.length - 1);
      const answer = await post(url, whole.replace(`[${value}]`, `[${flipped}]`));
      assert.equal(answer.get('return_code'), 'FAIL', name);
      assert.equal(answer.has('sign'), false, name);
    }
    for (let at = 0; at < 32; at += 1) {
      const merchant = { ...exampleMerchant, key: flip(exampleMerchant.key, at) };
      const answer = await post(url, signedCall(anOrder(), { merchant }));
      assert.deepEqual([...answer], refusal('签名错误'));
    }
    assert.deepEqual(await kit.control.trades(), []);
  });

  test('unknown elements are part of the signature, an unsigned call is none', async (t) => {
    const kit = await aSandbox(t);
    const signed = await call(kit, '/pay/unifiedorder', anOrder({ version: '1.0' }));
    assert.equal(signed.get('result_code'), 'SUCCESS');
    const added = signedCall(anOrder()).replace('</xml>', '<version>1.0</version></xml>');
    const { appid, mch_id } = exampleMerchant;
    const bare = writeXml(new Map(Object.entries({ appid, mch_id, ...anOrder() })), () => false);
    assert.deepEqual([...(await post(`${kit.url}/pay/unifiedorder`, added))], refusal('签名错误'));
    const unsigned = bare.replace('</xml>', '<nonce_str>a</nonce_str></xml>');
    assert.deepEqual(
      [...(await post(`${kit.url}/pay/unifiedorder`, unsigned))],
      refusal('签名错误'),
    );
  });
});

test('lengths and characters are WeChat’s, to the last one', async (t) => {
  const kit = await aSandbox(t);
  const bytes = (chars: number) => '收'.repeat(Math.floor(chars / 3)) + 'a'.repeat(chars % 3);
  const limits: [name: string, longest: string, tooLong: string][] = [
    ['body', bytes(128), bytes(129)],
    ['attach', bytes(127), bytes(128)],
    ['out_trade_no', 'A'.repeat(32), 'A'.repeat(33)],
    ['out_trade_no', '-_|*@a', 'abcde'],
    ['device_info', 'd'.repeat(32), 'd'.repeat(33)],
    ['detail', 'd'.repeat(6_000), 'd'.repeat(6_001)],
    ['total_fee', '9999999999', '10000000000'],
    ['notify_url', `https://a.cn/${'n'.repeat(243)}`, `https://a.cn/${'n'.repeat(244)}`],
    ['product_id', 'p'.repeat(32), 'p'.repeat(33)],
  ];
  for (const [name, longest, tooLong] of limits) {
    // An order of its own each time: a repeat must not differ from the first call.
    const out_trade_no = `${name.slice(0, 20)}-${longest.length}`;
    const taken = await call(kit, '/pay/unifiedorder', anOrder({ out_trade_no, [name]: longest }));
    assert.equal(taken.get('result_code'), 'SUCCESS', `${name} of ${longest.length}`);
    const refused = await call(kit, '/pay/unifiedorder', anOrder({ [name]: tooLong }));
    assert.match(refused.get('return_msg') ?? '', new RegExp(`^${name}参数`), name);
  }
  const wrong: [name: string, value: string][] = [
    ['total_fee', '0'],
    ['total_fee', '101.0'],
    ['total_fee', '-1'],
    ['total_fee', '0101'],
    ['fee_type', 'USD'],
    ['trade_type', 'JSAPI'],
    ['spbill_create_ip', 'localhost'],
    ['notify_url', 'https://a.cn/n?x=1'],
    ['notify_url', 'https://a.cn'],
    ['notify_url', '/notify'],
    ['time_expire', '20260230000000'],
    ['out_trade_no', 'T2026/0930'],
    ['profit_sharing', 'X'],
  ];
  for (const [name, value] of wrong) {
    const answer = await call(kit, '/pay/unifiedorder', anOrder({ [name]: value }));
    assert.deepEqual([...answer], refusal(`${name}参数格式错误`), `${name} ${value}`);
  }
});

test('several merchants live side by side, each with its own key and numbers', async (t) => {
  const strict = {
    appid: 'wx00000000000000aa',
    mch_id: '1900000109',
    key: 'k'.repeat(32),
    sign_type: 'HMAC-SHA256',
  } as const;
  const kit = await aSandbox(t, { merchants: [exampleMerchant, strict] });
  await call(kit, '/pay/unifiedorder', anOrder());
  const ofStrict = { merchant: strict, sign_type: 'HMAC-SHA256' } as const;
  const same = await callAs(ofStrict)(kit, '/pay/unifiedorder', anOrder({ total_fee: '7' }));
  assert.equal(same.get('result_code'), 'SUCCESS');
  const md5 = await callAs({ merchant: strict })(kit, '/pay/orderquery', anOrder());
  assert.deepEqual([...md5], refusal('签名错误'));
  const mixed = { ...strict, appid: exampleMerchant.appid };
  const unbound = await post(
    `${kit.url}/pay/orderquery`,
    signedCall(anOrder(), { merchant: mixed }),
  );
  assert.deepEqual([...unbound], refusal('appid和mch_id不匹配'));
  await assert.rejects(kit.control.trade('T20260930-0001'), { status: 409 });
  assert.equal((await kit.control.trade('T20260930-0001', '1900000109')).total_fee, 7);
  assert.equal((await kit.control.trade('T20260930-0001', '10000100')).total_fee, 101);
});
