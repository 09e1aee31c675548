import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type Answer,
  anOrder,
  authorization,
  aV3Sandbox,
  close,
  isVerified,
  native,
  platformKeys,
  query,
  refunds,
  send,
  type Twist,
  v3Call,
  v3Merchant,
  vectors,
} from './spec-kit';

type Kit = Awaited<ReturnType<typeof aV3Sandbox>>;
const now = () => String(Math.floor(Date.now() / 1_000));

describe('what is refused before the signature, in this order, unsigned', () => {
  const { privateKey: other } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const format = 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》';
  const old = 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟';
  const certificates = ['GET', '/v3/certificates'] as const;
  const minutesAgo = (minutes: number) => String(Number(now()) - minutes * 60 - 1);
  const table: [
    what: string,
    // A moment is one of the test's own time: others may run for minutes before it.
    twist: Twist | (() => Twist),
    way: typeof native | typeof certificates,
    words: string,
  ][] = [
    ['no Authorization', { headers: { authorization: '' } }, certificates, format],
    [
      'no Authorization to pay',
      { headers: { authorization: '' } },
      native,
      '签名信息错误，验签失败',
    ],
    [
      'half of one',
      { headers: { authorization: 'WECHATPAY2-SHA256-RSA2048 mchid="1"' } },
      certificates,
      format,
    ],
    ['an old request', () => ({ timestamp: minutesAgo(5), privateKey: other }), native, old],
    ['one of the future', () => ({ timestamp: minutesAgo(-6) }), native, old],
    ['an unknown merchant', { mchid: '1900000001' }, native, '商户证书序列号有误。'],
    ['another serial', { serial_no: 'AB12', privateKey: other }, native, '商户证书序列号有误。'],
    ['another key', { privateKey: other }, native, '签名错误，请检查后再试'],
    ['another body', { sent: '{"mchid":"1"}' }, native, '签名错误，请检查后再试'],
  ];
  for (const [what, twist, way, words] of table) {
    test(what, async (t) => {
      const kit = await aV3Sandbox(t);
      const body = way === native ? anOrder() : '';
      const twisted = typeof twist === 'function' ? twist() : twist;
      const answer = await v3Call(kit, way, { body, ...twisted });
      assert.deepEqual(
        [answer.status, answer.json.code, answer.json.message],
        [401, 'SIGN_ERROR', words],
      );
      assert.equal(answer.headers['wechatpay-signature'], undefined);
      assert.deepEqual(await kit.control.trades(), []);
    });
  }

  test('another scheme', async (t) => {
    const kit = await aV3Sandbox(t);
    const [method, target] = native;
    const right = authorization({ method, target, body: '' });
    const headers = { authorization: right.replace('RSA2048', 'RSA1024') };
    const answer = await send(kit.url + target, method, { body: '', headers });
    assert.equal(answer.json.message, 'Http头Authorization认证类型不正确');
  });

  test('a merchant without certificate, or without APIv3 key', async (t) => {
    const { certificate: _none, ...bare } = v3Merchant;
    const words = async (merchant: typeof bare | Omit<typeof v3Merchant, 'v3_key'>) => {
      const kit = await aV3Sandbox(t, { merchants: [merchant] });
      return (await v3Call(kit, native, { body: anOrder() })).json.message;
    };
    const { v3_key: _key, ...keyless } = v3Merchant;
    assert.equal(await words(bare), '商户未申请过证书。');
    assert.equal(await words(keyless), '商户未设置APIv3密钥。');
  });

  test('an unknown path, another method, no agent', async (t) => {
    const kit = await aV3Sandbox(t);
    const unknown = await v3Call(kit, ['GET', '/v3/pay/transactions/unknown']);
    assert.deepEqual([unknown.status, unknown.text], [404, '']);
    const get = await v3Call(kit, ['GET', native[1]]);
    assert.deepEqual([get.status, get.text, get.headers['request-id']], [405, '', undefined]);
    const nobody = { headers: { 'user-agent': '' } };
    const agent = await v3Call(kit, ['GET', '/v3/certificates'], nobody);
    assert.deepEqual(
      [agent.status, agent.json],
      [400, { code: 'INVALID_REQUEST', message: 'Http头缺少Accept或User-Agent' }],
    );
    assert.equal((await v3Call(kit, query('T20260930-0001'), nobody)).status, 404);
  });
});

test('a certificate that was replaced or revoked is told from one that never was', async (t) => {
  const kit = await aV3Sandbox(t);
  const { appid, mch_id } = v3Merchant;
  const { platform1: renewed } = vectors.keys;
  const asked = async (twist: Twist = {}) => {
    const { status, text, headers } = await v3Call(kit, query('T20260930-0001'), twist);
    assert.equal(headers['wechatpay-signature'] === undefined, status === 401);
    return status === 401 ? JSON.parse(text).message : status;
  };
  const withRenewed = { serial_no: renewed.serial, privateKey: renewed.privateKey };
  await kit.control.merchant({ appid, mch_id, certificate_revoked: true });
  assert.equal(await asked(), '商户证书已作废。');
  assert.equal(await asked(withRenewed), '商户证书序列号有误。');
  await kit.control.merchant({ appid, mch_id, certificate: renewed.certificate });
  assert.equal(await asked(), '已更换证书，请使用新证书');
  assert.equal(await asked({ ...withRenewed, serial_no: 'AB12' }), '商户证书序列号有误。');
  assert.equal(await asked(withRenewed), 404);
});

test('whoever signed something else is told what should have been signed', async (t) => {
  const kit = await aV3Sandbox(t);
  const body = '{"appid":"wx2421b1c4370ec43b"}';
  const answer = await v3Call(kit, native, { body: '{}', sent: body });
  const head = `POST\n${native[1]}\n`;
  const { detail } = answer.json;
  assert.deepEqual(Object.keys(detail), ['detail', 'field', 'location', 'sign_information']);
  const { sign_information: told } = detail;
  assert.deepEqual([detail.detail.issue, told.method, told.url], ['sign not match', ...native]);
  assert.ok(told.truncated_sign_message.startsWith(head));
  assert.ok(told.truncated_sign_message.endsWith('\n{"appid":\n'));
  const timestampAndNonce = 10 + 1 + 32 + 1;
  assert.equal(told.sign_message_length, head.length + timestampAndNonce + body.length + 1);
});

describe('after the signature every answer is signed', () => {
  async function refusal(t: Parameters<typeof aV3Sandbox>[0], call: (kit: Kit) => Promise<Answer>) {
    const kit = await aV3Sandbox(t);
    const answer = await call(kit);
    assert.ok(isVerified(answer, await platformKeys(kit)), answer.text);
    const { code, message, detail } = answer.json;
    return { status: answer.status, code, message, detail };
  }
  const source = (path: string, title: string) => `输入源“/${path}”映射到值字段“${title}”`;
  const broken = '字符串规则校验失败';
  const goods = { merchant_goods_id: '1'.repeat(30), quantity: 1, unit_price: 1 };
  const cases: [body: object | string, message: string, detail?: unknown][] = [
    [anOrder({ mchid: '1' }), 'http header中的mchid与post payload中的mchid不匹配'],
    ['{"mchid":', '无法将输入源“/body”解析为 JSON 对象', { location: 'body', value: '' }],
    [
      anOrder({ description: undefined }),
      '输入源“/body/description”映射到字段“商品描述”必填性规则校验失败，此字段为必填项',
      { location: 'body', value: '' },
    ],
    [
      anOrder({ out_trade_no: 'T-1' }),
      `${source('body/out_trade_no', '商户订单号')}${broken}，字节数 3，小于最小值 6`,
      { location: 'body', value: 3 },
    ],
    [
      anOrder({ attach: '附'.repeat(43) }),
      `${source('body/attach', '附加数据')}${broken}，字节数 129，大于最大值 128`,
      { location: 'body', value: 129 },
    ],
    [
      anOrder({ out_trade_no: 'T-1 2 3' }),
      `${source('body/out_trade_no', '商户订单号')}${broken}，` +
        '字符串必须匹配正则表达式“^[0-9a-zA-Z_\\-\\|\\*]+$”',
      { location: 'body', value: 'T-1 2 3' },
    ],
    [
      anOrder({ notify_url: 'https://shop.example.com/?a=1' }),
      `${source('body/notify_url', '通知地址')}${broken}，字符串必须匹配正则表达式“` +
        '^https?://([^\\s/?#\\[\\]\\@]+\\@)?([^\\s/?#\\@:]+)(?::\\d{2,5})?([^\\s?#\\[\\]]*)$”',
      { location: 'body', value: 'https://shop.example.com/?a=1' },
    ],
    [
      anOrder({ detail: { goods_detail: Array(80).fill(goods) } }),
      '输入源“/body/detail”映射到值字段“优惠功能”规则校验失败，字节数 6658，大于最大值 6144',
      { location: 'body', value: 6_658 },
    ],
    [
      anOrder({ detail: { goods_detail: [] } }),
      '输入源“/body/detail/goods_detail”映射到数组字段“单品列表”规则校验失败，元素个数 0，小于最小值 1',
      { location: 'body', value: 0 },
    ],
    [
      anOrder({ amount: { total: 0 } }),
      '输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1',
      { location: 'body', value: 0 },
    ],
    [
      anOrder({ amount: { total: 1.5 } }),
      '无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，' +
        '此字段需要一个合法的 64 位有符号整数',
      { location: 'body', value: 1.5 },
    ],
    [
      anOrder({ attach: 7 }),
      '无法将 JSON 输入源“/body/attach”映射到目标字段“附加数据”中，' +
        '此字段需要一个 string 类型的 Json 值',
      { location: 'body', value: 7 },
    ],
  ];
  for (const [body, message, detail] of cases) {
    test(message, async (t) => {
      const told = await refusal(t, (kit) => v3Call(kit, native, { body }));
      const code = detail ? 'PARAM_ERROR' : 'INVALID_REQUEST';
      assert.deepEqual(told, { status: 400, code, message, detail });
    });
  }

  test('the internal code tells what is out of range from what is ill-formed', async (t) => {
    const kit = await aV3Sandbox(t);
    const long = { attach: 'x'.repeat(129) };
    const illFormed = { time_expire: '2026-13-01T00:00:00+08:00' };
    for (const [some, internal] of [
      [long, 268435464],
      [illFormed, 268435461],
    ] as const) {
      const { headers, status } = await v3Call(kit, native, { body: anOrder(some) });
      assert.deepEqual([status, String(headers['request-id']).split('-')[1]], [400, `${internal}`]);
    }
  });

  test('a member that WeChat does not know, at any depth', async (t) => {
    for (const some of [{ sub_mchid: '1' }, { amount: { total: 1, payer_total: 1 } }]) {
      const told = await refusal(t, (kit) => v3Call(kit, native, { body: anOrder(some) }));
      assert.deepEqual([told.status, told.code], [400, 'INVALID_REQUEST']);
    }
  });

  test('what is wrong in the path or the query', async (t) => {
    const long = await refusal(t, (kit) => v3Call(kit, query('T'.repeat(35))));
    assert.equal(
      long.message,
      `${source('uri_template/out_trade_no', '商户订单号')}${broken}，字节数 35，大于最大值 32`,
    );
    assert.deepEqual(long.detail, { location: 'uri_template', value: 35 });
    const [method, target] = query('T20260930-0001');
    const missing = await refusal(t, (kit) => v3Call(kit, [method, target.replace(/\?.*/, '')]));
    assert.equal(
      missing.message,
      '输入源“/query/mchid”映射到字段“商户号”必填性规则校验失败，此字段为必填项',
    );
  });

  test('another appid, a missing body', async (t) => {
    const appid = await refusal(t, (kit) =>
      v3Call(kit, native, { body: anOrder({ appid: 'wx0' }) }),
    );
    assert.deepEqual([appid.status, appid.code], [400, 'APPID_MCHID_NOT_MATCH']);
    for (const way of [close('T20260930-0001'), refunds]) {
      assert.equal((await refusal(t, (kit) => v3Call(kit, way))).code, 'PARAM_ERROR');
    }
  });

  test('an order with every member is taken', async (t) => {
    const kit = await aV3Sandbox(t);
    const body = anOrder({
      time_expire: '2026-10-01T10:15:00+08:00',
      attach: '',
      goods_tag: 'WXG',
      support_fapiao: true,
      amount: { total: 1, currency: 'CNY' },
      detail: {
        cost_price: 1,
        invoice_id: '微信123',
        goods_detail: [{ merchant_goods_id: '1246464644', quantity: 1, unit_price: 1 }],
      },
      scene_info: {
        payer_client_ip: '14.23.150.211',
        device_id: '013467007045764',
        store_info: { id: '0001', name: '腾讯大厦', area_code: '440305', address: '深圳' },
      },
      settle_info: { profit_sharing: false },
      limit_pay: ['no_credit'],
    });
    assert.equal((await v3Call(kit, native, { body })).status, 200);
  });
});
