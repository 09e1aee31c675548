import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { AppError, details, errorKind } from '@saoma/contracts/errors';
import type { Ask } from '../../../../test/support/http';
import { within } from '../../../../test/support/until';
import { bearer, Scene } from '../spec-kit';

const cart = { lines: [], total_fee: 0 };
const receiver = { name: '王小明', mobile: '13800138000', address: '北京' };

/** An order service that remembers what was asked of it, and a way to ask for it. */
async function scene(t: test.TestContext) {
  const seen: unknown[] = [];
  const remember =
    <T>(answer: T) =>
    (input: unknown) => {
      seen.push(input);
      return answer;
    };
  const order = {
    putCartItem: remember(cart),
    getCart: remember(cart),
    clearCart: remember({}),
    add: remember({ order_ids: ['1'], out_trade_no: '2', total_fee: 300 }),
    listOrders: remember({ orders: [], cursor: null }),
    listPayments: remember({ payments: [], cursor: null }),
    getOrder: (): never => {
      throw new AppError('order/not-found');
    },
  };
  const running = await Scene.start(t, { order });
  const headers = await bearer();
  const ask = async (method: string, path: string, { body, headers: more }: Ask = {}) => {
    const answer = await running.ask(method, path, { body, headers: { ...headers, ...more } });
    const type = answer.headers.get('content-type') ?? '';
    const isProblem = type.startsWith('application/problem+json');
    const { code, status, title } = isProblem ? (answer.json() as Record<string, string>) : {};
    if (isProblem) assert.deepEqual([status, title], [answer.status, kindOf(code).title.en]);
    return { status: answer.status, code, text: answer.text, headers: answer.headers };
  };
  return { seen, ask, running, headers };
}

const kindOf = (code = '') => errorKind(code as Parameters<typeof errorKind>[0]);
const json = { 'content-type': 'application/json' };

test('title and what shoppers read are in their language, all else stays', async (t) => {
  const refuse = (detail: string) => (): never => {
    throw new AppError('cart/too-large', { detail });
  };
  const order = { getCart: refuse(details.cartHasTooMany), clearCart: refuse('for programs') };
  const running = await Scene.start(t, { order });
  const ask = async (method: string, wanted: string) => {
    const headers = { ...(await bearer()), 'accept-language': wanted };
    const answer = await running.ask(method, '/api/cart', { headers });
    const { trace_id: _, ...problem } = answer.json() as Record<string, unknown>;
    return { ...problem, in: answer.headers.get('content-language') };
  };
  const same = { type: 'urn:problem:saoma:cart/too-large', status: 409, code: 'cart/too-large' };
  const chinese = { ...same, title: '购物车放不下了', in: 'zh-CN' };
  const english = { ...same, title: 'The cart is too large', in: 'en' };
  assert.deepEqual(await ask('GET', 'zh-CN'), {
    ...chinese,
    detail: '购物车最多放 100 种商品。',
  });
  assert.deepEqual(await ask('GET', 'en'), {
    ...english,
    detail: 'A cart holds at most 100 different items.',
  });
  assert.deepEqual(await ask('DELETE', 'zh'), { ...chinese, detail: 'for programs' });
  assert.deepEqual(await ask('DELETE', 'fr'), { ...english, detail: 'for programs' });
});

test('a body that does not fit is refused with its reason, and nothing is asked', async (t) => {
  const { seen, ask } = await scene(t);
  const put = (body: unknown, more = {}) =>
    ask('PUT', '/api/cart/items/1001', { body, headers: more });
  const invalid = [
    ...[{}, [], null, 1, '"text"', { num: '1' }, { num: 1.5 }, { num: -1 }, { num: 201 }],
    ...[{ num: null }, { num: true }, { num: [1] }, { num: { $gt: 0 } }, { num: 1, price: 1 }],
    ...['{"num":1e400}', '{"num":1,"__proto__":{"num":2}}', '{"num":1,"constructor":{}}'],
  ];
  for (const body of invalid) {
    const answer = await put(typeof body === 'string' ? body : JSON.stringify(body), json);
    assert.deepEqual([answer.status, answer.code], [400, 'request/invalid'], String(body));
  }
  for (const body of ['{', '{"num":}', "{'num':1}", '{"num":01}', '[['.repeat(9_000), '\u0000']) {
    const answer = await put(body, json);
    assert.deepEqual([answer.status, answer.code], [400, 'request/malformed'], body);
    assert.doesNotMatch(answer.text, /token|position|JSON at/i);
  }
  const latin = new Uint8Array([...Buffer.from('{"num":1,"'), 0xe9, ...Buffer.from('":1}')]);
  assert.equal((await put(latin, json)).code, 'request/malformed');
  assert.equal((await put('', json)).code, 'request/invalid');
  assert.deepEqual(seen, []);
  assert.equal((await put({ num: 3 })).status, 200);
  assert.deepEqual(seen, [{ user_id: 'anna', item_id: '1001', num: 3 }]);
});

test('another type than JSON is 415, more than 64 KiB is 413', async (t) => {
  const { seen, ask } = await scene(t);
  const put = (body: unknown, type: string) =>
    ask('PUT', '/api/cart/items/1001', { body, headers: { 'content-type': type } });
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'];
  for (const type of [...types, 'application/octet-stream', 'application/jsonp', '']) {
    const answer = await put('{"num":1}', type);
    assert.deepEqual([answer.status, answer.code], [415, 'request/wrong-type'], type);
  }
  const padded = (bytes: number) => `{"num":1${' '.repeat(bytes - 9)}}`;
  for (const bytes of [65_537, 1_000_000, 20_000_000]) {
    const answer = await put(padded(bytes), 'application/json');
    assert.deepEqual([answer.status, answer.code], [413, 'request/too-large'], String(bytes));
  }
  assert.deepEqual(seen, []);
  assert.equal((await put(padded(65_536), 'application/json; charset=utf-8')).status, 200);
});

test('a body in another charset or coding is 415, whatever is in it', async (t) => {
  const { seen, ask } = await scene(t);
  const put = (headers: Record<string, string>) =>
    ask('PUT', '/api/cart/items/1001', { body: '{"num":1}', headers });
  const charsets = ['gbk', 'GB18030', 'utf-16', '"iso-8859-1"', 'us-ascii', 'utf-8x', '""'];
  for (const charset of charsets) {
    const answer = await put({ 'content-type': `application/json; charset=${charset}` });
    assert.deepEqual([answer.status, answer.code], [415, 'request/wrong-type'], charset);
  }
  for (const coding of ['gzip', 'br', 'deflate', 'identity', 'gzip, br', 'nonsense']) {
    const answer = await put({ ...json, 'content-encoding': coding });
    assert.deepEqual([answer.status, answer.code], [415, 'request/wrong-type'], coding);
  }
  assert.deepEqual(seen, []);
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8']) {
    for (const more of [`; charset=${charset}`, `;CHARSET=${charset} ; a=b`]) {
      assert.equal((await put({ 'content-type': `application/json${more}` })).status, 200, more);
    }
  }
});

test('a query that a page adds against caches is let pass where the lesson asks', async (t) => {
  const { ask } = await scene(t);
  for (const path of ['/pay/createNative', '/pay/createNative.do']) {
    assert.equal((await ask('GET', `${path}?_=1764086400000`)).status, 503, path);
    assert.equal((await ask('GET', `${path}?_=1&out_trade_no=7`)).status, 503, path);
    assert.equal((await ask('GET', `${path}?__=1`)).status, 400, path);
    assert.equal((await ask('GET', `${path}?money=1`)).status, 400, path);
  }
  for (const path of ['/pay/queryPayStatus', '/pay/queryPayStatus.do']) {
    assert.equal((await ask('GET', `${path}?_=1764086400000`)).status, 200, path);
  }
  for (const path of ['/api/cart?_=1', '/api/orders?_=1', '/api/payments/1?_=1']) {
    assert.equal((await ask('GET', path)).status, 400, path);
  }
});

test('a path or query that does not fit is 400, an address of nothing 404', async (t) => {
  const { seen, ask } = await scene(t);
  const malformed = [
    ...['/api/orders/x', '/api/orders/-1', '/api/orders/1.0', `/api/orders/${'1'.repeat(21)}`],
    ...[`/api/orders/${'1'.repeat(300)}`, '/api/orders/1%00', '/api/orders/..%2f1'],
    ...['/api/orders?limit=0', '/api/orders?limit=101', '/api/orders?limit=1e1'],
    ...['/api/orders?cursor=x', '/api/orders?cursor=1&cursor=2', '/api/orders?buyer=berta'],
    ...['/api/payments?trade_state=0', '/api/payments?from=yesterday', '/api/payments?to=2026'],
    ...['/api/cart?x=1', '/api/orders/%zz'],
  ];
  for (const path of malformed) assert.equal((await ask('GET', path)).status, 400, path);
  for (const path of ['/api/nothing', '/api', '/.env', '/api/orders/', '//api/cart']) {
    const answer = await ask('GET', path);
    assert.deepEqual([answer.status, answer.code], [404, 'request/not-found'], path);
  }
  assert.equal((await ask('POST', '/api/cart')).status, 404);
  assert.deepEqual(seen, []);
  assert.equal((await ask('GET', '/api/orders/9')).code, 'order/not-found');
});

test('an address that cannot be decoded is 400, but a query of the lesson may be', async (t) => {
  const { seen, ask } = await scene(t);
  for (const path of ['/api/orders/%zz', '/api/orders/%E4%B8', '/api/payments/%/events']) {
    assert.equal((await ask('GET', path)).code, 'request/malformed', path);
  }
  for (const query of ['q=%E4%B8%', 'q=%zz', 'q=%ED%A0%80', 'q=%', '%E4=1', 'limit=1&q=%ff']) {
    for (const path of ['/api/payments', '/api/orders', '/api/cart']) {
      const { status, code } = await ask('GET', `${path}?${query}`);
      assert.deepEqual([status, code], [400, 'request/malformed'], `${path}?${query}`);
    }
    assert.equal((await ask('GET', `/pay/queryPayStatus?${query}`)).status, 200, query);
  }
  assert.equal((await ask('GET', '/pay/createNative?_=%E4')).status, 503);
  assert.deepEqual(seen, []);
  const whole = { headers: await bearer({ roles: ['operator'] }) };
  assert.equal((await ask('GET', '/api/payments?q=%E4%B8%AD%25+100%', whole)).status, 400);
  assert.equal((await ask('GET', '/api/payments?q=%E4%B8%AD%25+100%25', whole)).status, 200);
});

test('a parameter given twice, and a period that ends before it begins, are told', async (t) => {
  const { seen, ask, running, headers } = await scene(t);
  const twice = { en: 'This is given twice.', zh: '此项重复。' };
  const backwards = { en: 'Must not be later than `to`.', zh: '不能晚于 `to`。' };
  const [noon, one] = ['2026-11-25T12:00:00%2B08:00', '2026-11-25T05:00:00Z'];
  for (const [path, name, message] of [
    ['/pay/createNative?out_trade_no=1&out_trade_no=2', 'out_trade_no', twice],
    ['/api/orders?limit=1&limit=2', 'limit', twice],
    ['/api/orders?cursor=1&cursor=1', 'cursor', twice],
    ['/api/payments?trade_state=SUCCESS&trade_state=CLOSED', 'trade_state', twice],
    [`/api/payments?from=${one}&to=${noon}`, 'from', backwards],
  ] as const) {
    for (const [language, told] of Object.entries(message)) {
      const spoken = { ...headers, 'accept-language': language };
      const answer = await running.ask('GET', path, { headers: spoken });
      const { issues } = answer.json() as { issues: object[] };
      assert.deepEqual([answer.status, issues], [400, [{ path: name, message: told }]], path);
    }
  }
  assert.deepEqual(seen, []);
  // It is the lesson's: whatever it is asked, it has its three answers.
  const status = await ask('GET', '/pay/queryPayStatus?out_trade_no=1&out_trade_no=2');
  assert.match(status.text, /支付出错/);
  assert.equal((await ask('GET', `/api/payments?from=${noon}&to=${noon}`)).status, 200);
});

test('lists take their filters, and have a page size without them', async (t) => {
  const { seen, ask } = await scene(t);
  const from = '2026-11-25T00:00:00+08:00';
  const query = new URLSearchParams({ trade_state: 'SUCCESS', from, cursor: '5', limit: '100' });
  assert.equal((await ask('GET', `/api/payments?${query}`)).status, 200);
  assert.equal((await ask('GET', '/api/orders')).status, 200);
  const filters = { trade_state: 'SUCCESS', from, to: null, cursor: '5', limit: 100 };
  assert.deepEqual(seen, [
    { user_id: 'anna', operator: false, ...filters },
    { user_id: 'anna', operator: false, cursor: null, limit: 20 },
  ]);
});

test('a checkout hands on its key, and refuses a key that is none', async (t) => {
  const { seen, ask } = await scene(t);
  const body = { payment_type: '1', receiver };
  const post = (body: object, headers = {}) => ask('POST', '/api/orders', { body, headers });
  const postWith = (key: string) => post(body, { 'idempotency-key': key });
  for (const key of ['', 'x'.repeat(65), 'caf\u00e9']) {
    assert.equal((await postWith(key)).status, 400, key);
  }
  assert.equal((await post({ ...body, total_fee: 1 })).status, 400);
  assert.equal((await post({ ...body, payment_type: 1 })).status, 400);
  const stranger = { ...receiver, user_id: 'berta' };
  assert.equal((await post({ ...body, receiver: stranger })).status, 400);
  assert.deepEqual(seen, []);
  assert.equal((await postWith('a key')).status, 201);
  assert.equal((await post(body)).status, 201);
  const order = { user_id: 'anna', payment_type: '1', receiver };
  assert.deepEqual(seen, [
    { ...order, idempotency_key: 'a key' },
    { ...order, idempotency_key: null },
  ]);
});

test('a body where none belongs is refused, an empty one is let pass', async (t) => {
  const { seen, ask } = await scene(t);
  assert.equal((await ask('DELETE', '/api/cart', { body: { all: true } })).status, 400);
  assert.equal(seen.length, 0);
  for (const body of [undefined, {}, '']) {
    const headers = body === '' ? json : {};
    assert.equal((await ask('DELETE', '/api/cart', { body, headers })).status, 204);
  }
});

test('what goes wrong inside is 500 without a word of it, or 503 with Retry-After', async (t) => {
  const getCart = () => ({ lines: 'SELECT secret FROM tb', total_fee: 0 }) as never;
  const running = await Scene.start(t, { order: { getCart } });
  const headers = await bearer();
  const bug = await running.ask('GET', '/api/cart', { headers });
  assert.equal(bug.status, 500);
  assert.equal((bug.json() as { code: string }).code, 'service/bug');
  assert.doesNotMatch(bug.text, /SELECT|at .*\.[jt]s|expected|stack/);
  await running.order.stop();
  const away = await running.ask('GET', '/api/cart', { headers });
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '3');
});

test('what is no HTTP is answered with a problem, and the connection closed', async (t) => {
  const { running } = await scene(t);
  const tell = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
      let heard = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        heard += chunk;
      });
      socket.once('close', () => resolve(heard)).once('error', reject);
      socket.write(text);
    });
  const two = 'content-length: 4\r\ntransfer-encoding: chunked';
  const smuggled = `POST /pay/notify HTTP/1.1\r\nhost: x\r\n${two}\r\n\r\n`;
  for (const text of ['nonsense\r\n\r\n', smuggled, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`]) {
    const heard = await within('an answer', tell(text));
    assert.match(heard, /^HTTP\/1\.1 400 /);
    assert.match(heard, /"code":"request\/malformed"/);
  }
});
