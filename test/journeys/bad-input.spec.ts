import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Ask } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import { aReceiver, tea } from '../support/shopper';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly ask: readonly [method: string, path: string, options?: Ask];
}

const json = { 'content-type': 'application/json' };
const order = { payment_type: '1', receiver: aReceiver };
const put = (body: unknown, item_id = tea) =>
  ['PUT', `/api/cart/items/${item_id}`, { body }] as const;
const post = (body: unknown, headers: Record<string, string> = {}) =>
  ['POST', '/api/orders', { body, headers }] as const;

const invalid = { status: 400, code: 'request/invalid' };
const noItem = { status: 404, code: 'item/not-found' };
const noPayment = { status: 404, code: 'payment/not-found' };
const noOrder = { status: 404, code: 'order/not-found' };
const wrongType = { status: 415, code: 'request/wrong-type' };

const refusals: Record<string, Refusal> = {
  'a negative number of pieces': { ...invalid, ask: put({ num: -1 }) },
  'a fraction of a piece': { ...invalid, ask: put({ num: 1.5 }) },
  'more pieces than 200': { ...invalid, ask: put({ num: 201 }) },
  'a number as text': { ...invalid, ask: put({ num: '1' }) },
  'a number that is null': { ...invalid, ask: put({ num: null }) },
  'a number that is a list': { ...invalid, ask: put({ num: [1] }) },
  'a number that is huge': {
    ...invalid,
    ask: ['PUT', `/api/cart/items/${tea}`, { body: '{"num": 1e400}', headers: json }],
  },
  'no number': { ...invalid, ask: put({}) },
  'a price of the browser’s own': { ...invalid, ask: put({ num: 1, price: 1 }) },
  'a body that is a list': { ...invalid, ask: put([{ num: 1 }]) },
  'an unknown item': { ...noItem, ask: put({ num: 1 }, '999999') },
  'an item of 20 digits': { ...noItem, ask: put({ num: 1 }, '9'.repeat(20)) },
  'an order without a receiver': { ...invalid, ask: post({ payment_type: '1' }) },
  'an order with an unknown payment type': {
    ...invalid,
    ask: post({ ...order, payment_type: '3' }),
  },
  'a payment type that is a number': { ...invalid, ask: post({ ...order, payment_type: 1 }) },
  'an order with a total of its own': { ...invalid, ask: post({ ...order, total_fee: 1 }) },
  'an order for somebody else': { ...invalid, ask: post({ ...order, user_id: 'other' }) },
  'a receiver with a member too many': {
    ...invalid,
    ask: post({ ...order, receiver: { ...aReceiver, admin: true } }),
  },
  'a receiver without a name': {
    ...invalid,
    ask: post({ ...order, receiver: { ...aReceiver, name: '' } }),
  },
  'a receiver of what nobody sees': {
    ...invalid,
    ask: post({ ...order, receiver: { ...aReceiver, name: '\u0000 \u200b' } }),
  },
  'a mobile that is no phone number': {
    ...invalid,
    ask: post({ ...order, receiver: { ...aReceiver, mobile: 'ask me' } }),
  },
  'an Idempotency-Key of 65 characters': {
    ...invalid,
    ask: post(order, { 'idempotency-key': 'k'.repeat(65) }),
  },
  'a polluting member': {
    ...invalid,
    ask: ['POST', '/api/orders', { body: '{"__proto__": {"a": 1}}', headers: json }],
  },
  'text that is no JSON': {
    status: 400,
    code: 'request/malformed',
    ask: ['PUT', `/api/cart/items/${tea}`, { body: '{"num": 1', headers: json }],
  },
  'no body': { ...invalid, ask: ['POST', '/api/orders', { body: '', headers: json }] },
  'a form': {
    ...wrongType,
    ask: [
      'PUT',
      `/api/cart/items/${tea}`,
      { body: 'num=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
  },
  'a body of no type': {
    ...wrongType,
    ask: ['PUT', `/api/cart/items/${tea}`, { body: Buffer.from('{"num": 1}') }],
  },
  'plain text': {
    ...wrongType,
    ask: ['POST', '/api/orders', { body: 'a', headers: { 'content-type': 'text/plain' } }],
  },
  'a body above 64 KiB': {
    status: 413,
    code: 'request/too-large',
    ask: post({ ...order, receiver: { ...aReceiver, address: 'a'.repeat(65_536) } }),
  },
  'an unknown payment': { ...noPayment, ask: ['GET', '/api/payments/12345'] },
  'the code of an unknown payment': {
    ...noPayment,
    ask: ['GET', '/pay/createNative?out_trade_no=12345'],
  },
  'an unknown order': { ...noOrder, ask: ['GET', '/api/orders/12345'] },
  'an unknown filter': { ...invalid, ask: ['GET', '/api/payments?trade_state=PAID'] },
  'a filter that is no moment': { ...invalid, ask: ['GET', '/api/payments?from=yesterday'] },
  'a page of no length': { ...invalid, ask: ['GET', '/api/orders?limit=0'] },
  'a page of a word': { ...invalid, ask: ['GET', '/api/orders?limit=many'] },
  'a cursor that is no number': { ...invalid, ask: ['GET', "/api/payments?cursor=1'--"] },
  'nothing at all': { status: 404, code: 'request/not-found', ask: ['GET', '/api/nothing'] },
};

onEveryStore('bad input', {}, (system) => {
  it('is refused with its status and code as problem details, and changes nothing', async (t) => {
    const shopper = await system().shopper();
    await shopper.putItem(tea);
    const { out_trade_no } = await shopper.checkout();
    const { code_url } = await shopper.createNative();
    await shopper.putItem(tea, 3);
    const picture = async () => ({
      cart: await shopper.cart(),
      orders: await shopper.orders(),
      payment: await shopper.payment(out_trade_no),
    });
    const before = await picture();
    for (const [what, { status, code, ask }] of Object.entries(refusals)) {
      await t.test(what, async () => {
        const answer = await shopper.ask(...ask);
        assert.equal(answer.status, status, answer.text);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
        const problem = answer.json() as Record<string, unknown>;
        assert.equal(problem.code, code);
        assert.equal(problem.status, status);
        assert.equal(typeof problem.title, 'string');
        assert.doesNotMatch(answer.text, /node_modules|SELECT|at async|\.js:/);
        assert.deepEqual(await picture(), before);
      });
    }
    assert.equal((await shopper.createNative()).code_url, code_url);
  });

  it('an id that is no number of ours is refused before anything is looked up', async () => {
    const shopper = await system().shopper();
    const ids = ['abc', '-1', '1.5', '0x1', '9'.repeat(21), "1'%20OR%20'1'='1", '%00', '..%2f..'];
    const paths = ids.flatMap((id) => [
      `/api/payments/${id}`,
      `/api/orders/${id}`,
      `/pay/createNative?out_trade_no=${id}`,
    ]);
    for (const path of paths) {
      const { status } = await shopper.ask('GET', path);
      assert.ok(status === 400 || status === 404, `${path}: ${status}`);
    }
    for (const id of ids) {
      const { status } = await shopper.ask('PUT', `/api/cart/items/${id}`, { body: { num: 1 } });
      assert.ok(status === 400 || status === 404, `${id}: ${status}`);
    }
    assert.deepEqual(await shopper.cart(), { lines: [], total_fee: 0 });
  });

  it('an empty cart is not checked out: 409', async () => {
    const shopper = await system().shopper();
    const empty = await shopper.ask('POST', '/api/orders', { body: order });
    assert.equal(empty.status, 409);
    assert.equal((empty.json() as { code: string }).code, 'cart/empty');
    await shopper.putItem(tea);
    await shopper.putItem(tea, 0);
    assert.equal((await shopper.ask('POST', '/api/orders', { body: order })).status, 409);
    await shopper.putItem(tea);
    assert.equal((await shopper.ask('DELETE', '/api/cart')).status, 204);
    assert.equal((await shopper.ask('POST', '/api/orders', { body: order })).status, 409);
    assert.deepEqual(await shopper.orders(), { orders: [], cursor: null });
  });

  it("someone else's order and payment answer exactly what missing ones do", async () => {
    const owner = await system().shopper();
    const { out_trade_no, order_ids } = await owner.buy();
    const stranger = await system().shopper();
    const pairs = [
      [`/api/payments/${out_trade_no}`, '/api/payments/12345'],
      [`/api/orders/${order_ids[0]}`, '/api/orders/12345'],
      [`/pay/createNative?out_trade_no=${out_trade_no}`, '/pay/createNative?out_trade_no=12345'],
    ] as const;
    for (const [foreign, missing] of pairs) {
      const [one, other] = [await stranger.ask('GET', foreign), await stranger.ask('GET', missing)];
      assert.equal(one.status, 404);
      assert.equal(other.status, 404);
      // Each request has a trace of its own.
      const blank = (text: string) =>
        text.replace(/"trace_id":"[0-9a-f]{32}"/, '').replaceAll(/[0-9]{5,}/g, 'N');
      assert.equal(blank(one.text), blank(other.text));
    }
    const close = await stranger.close(out_trade_no);
    assert.equal(close.status, 404);
    assert.equal((await owner.payment(out_trade_no)).trade_state, 'NOTPAY');
  });
});
