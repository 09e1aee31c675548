import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../../dist/openapi';
import { checkAnswer, checkComponent, documentedAnswers, seenAnswers } from '../support/documented';
import { EventReader } from '../support/events';
import { ListeningShop } from '../support/listening-shop';
import { paymentNotice } from '../support/notice';
import { merchant, System } from '../support/system';
import { trueNotice } from '../support/true-notice';
import { until } from '../support/until';

type Schemas = components['schemas'];
type Face = Client<paths>;
type Message = Schemas['PaymentPaid' | 'OrderPaid' | 'PaymentClosed' | 'PaymentRefunded'];

const receiver = { name: '王小明', mobile: '13800138000', address: '北京' };

let system: System;
let listening: ListeningShop;
const heard = (): Message[] => listening.heard();

/** Lets no answer through that is not documented. */
async function checkedFetch(request: Request): Promise<Response> {
  const response = await fetch(request);
  const { status, headers } = response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await response.clone().text();
  const json = () => JSON.parse(text) as unknown;
  checkAnswer(request.method, new URL(request.url).pathname, { status, headers, text, json });
  return response;
}

const anybody = () => createClient<paths>({ baseUrl: system.url(), fetch: checkedFetch });

/** A client that is signed in, made of nothing but the document. */
async function signIn(roles: string[] = []): Promise<Face> {
  const body = { user_id: `user-${randomUUID()}`, roles };
  const told = await anybody().POST('/api/session', { body });
  assert.equal(good(told).user_id, body.user_id);
  const cookie = told.response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return createClient<paths>({ baseUrl: system.url(), fetch: checkedFetch, headers: { cookie } });
}

/** The answer, which must be no problem. */
function good<D>(told: { data?: D; error?: unknown; response: Response }): D {
  assert.ok(told.response.ok, JSON.stringify(told.error));
  return told.data as D;
}

const put = (item_id: string, num: number) => ({ params: { path: { item_id } }, body: { num } });
const of = (out_trade_no: string) => ({ params: { path: { out_trade_no } } });
const asked = (out_trade_no: string) => ({ params: { query: { out_trade_no } } });

/** One item of each seller, checked out: 6810 fen in two orders. */
async function buy(shopper: Face): Promise<string> {
  for (const item_id of ['1001', '2001']) {
    good(await shopper.PUT('/api/cart/items/{item_id}', put(item_id, 1)));
  }
  const made = good(
    await shopper.POST('/api/orders', {
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body: { payment_type: '1', receiver },
    }),
  );
  assert.deepEqual([made.order_ids.length, made.total_fee], [2, 6810]);
  return made.out_trade_no ?? '';
}

async function codeOf(shopper: Face, out_trade_no: string): Promise<string> {
  const native = good(await shopper.GET('/pay/createNative', asked(out_trade_no)));
  return 'code_url' in native ? native.code_url : '';
}

/** Every state that the stream tells, until it ends. */
async function statesOf(shopper: Face, out_trade_no: string): Promise<string[]> {
  const { response } = await shopper.GET('/api/payments/{out_trade_no}/events', {
    ...of(out_trade_no),
    parseAs: 'stream',
  });
  const states: string[] = [];
  for await (const { id, event, data } of new EventReader(response)) {
    if (data === undefined) continue;
    const told = { id, event, data: JSON.parse(data) as Schemas['Payment'] };
    checkComponent('PaymentEvent', told);
    states.push(told.data.trade_state);
  }
  return states;
}

/** WeChat tells of money for nobody, in both of its APIs and at both addresses. */
async function hearsOfMoney(nobody: Face): Promise<void> {
  const body = paymentNotice(merchant, { out_trade_no: '99999999', total_fee: 1 });
  const asText = { parseAs: 'text', bodySerializer: String } as const;
  assert.match(good(await nobody.POST('/pay/notify', { ...asText, body })), /SUCCESS/);
  const forged = body.replace('<sign>', '<sign>0');
  assert.match(good(await nobody.POST('/pay/refundNotify', { ...asText, body: forged })), /FAIL/);
  for (const path of ['/pay/notify', '/pay/refundNotify'] as const) {
    const notice = await trueNotice(system, { out_trade_no: '99999998', total_fee: 1 });
    assert.equal((await nobody.POST(path, { ...asText, ...notice })).response.status, 204);
  }
}

function refund(operator: Face, out_trade_no: string, refund_fee: number) {
  const header = { 'Idempotency-Key': randomUUID() };
  return operator.POST('/api/payments/{out_trade_no}/refunds', {
    params: { path: { out_trade_no }, header },
    body: { refund_fee, reason: '商品破损' },
  });
}

/** A shop opens a payment twice, and somebody comes by its link. */
async function sells(shop: Face, nobody: Face): Promise<void> {
  const body = { merchant_order_no: randomUUID(), total_fee: 1_200, body: '两张电影票' };
  const item = { seller_id: 'tea', title: '龙井茶', price: 2_990, image: '', on_sale: true };
  const path = { item_id: '9001' };
  good(await shop.PUT('/api/items/{item_id}', { params: { path }, body: item }));
  const { out_trade_no, pay_url = '' } = good(await shop.POST('/api/payments', { body }));
  assert.equal(good(await shop.POST('/api/payments', { body })).out_trade_no, out_trade_no);
  const key = new URL(pay_url).hash.replace('#key=', '');
  good(
    await nobody.POST('/api/payments/{out_trade_no}/key', { ...of(out_trade_no), body: { key } }),
  );
}

/** Yesterday in Beijing is compared with its bill, soon. */
async function reconciles(operator: Face): Promise<void> {
  const day = new Date(Date.now() - 16 * 3_600_000).toISOString().slice(0, 10);
  const wanted = { params: { path: { day } } };
  const { response } = await operator.POST('/api/reconciliations/{day}', wanted);
  assert.equal(response.status, 202);
  assert.equal(good(await operator.GET('/api/reconciliations/{day}', wanted)).day, day);
  const { reconciliations } = good(await operator.GET('/api/reconciliations'));
  assert.deepEqual(
    reconciliations.map((one) => one.day),
    [day],
  );
  const hash = '0'.repeat(40);
  await system.change(`INSERT INTO tb_bill_file (day, kind, piece, bill_hash, bytes)
    VALUES ('${day}', 'trade', 0, '${hash}', x'1f8b'), ('${day}', 'trade', -1, '${hash}', x'00')`);
  const file = { params: { path: { day, kind: 'trade' as const } }, parseAs: 'text' as const };
  good(await operator.GET('/api/reconciliations/{day}/files/{kind}', file));
}

describe('a client that is made of docs/openapi.json', () => {
  before(async () => {
    listening = await ListeningShop.start();
    const env = {
      'order-service': listening.env,
      'wechat-sandbox': { SANDBOX_REFUND_AFTER_MS: '100' },
    };
    system = await System.start({ stores: 'sqlite', way: 'v3 public-key', env });
  });
  after(async () => {
    await system?.stop();
    listening.stop();
  });

  it('buys, pays, and gets a part of the money back', async () => {
    const shopper = await signIn();
    const out_trade_no = await buy(shopper);
    const code_url = await codeOf(shopper, out_trade_no);
    const states = statesOf(shopper, out_trade_no);
    const status = shopper.GET('/pay/queryPayStatus', asked(out_trade_no));
    await system.sandbox.pay(code_url);
    assert.deepEqual(good(await status), { success: true, message: '支付成功' });
    assert.deepEqual(await states, ['NOTPAY', 'SUCCESS']);
    const page = good(await shopper.GET('/api/payments', { params: { query: { limit: 1 } } }));
    assert.ok(typeof page !== 'string');
    assert.equal(page.payments[0]?.out_trade_no, out_trade_no);

    const refused = await refund(shopper, out_trade_no, 1_000);
    assert.equal(refused.error?.code, 'auth/operator-only');
    const operator = await signIn(['operator']);
    good(await refund(operator, out_trade_no, 1_000));
    await until('the money to be back', async () => {
      const payment = good(await shopper.GET('/api/payments/{out_trade_no}', of(out_trade_no)));
      return payment.refund_fee === 1_000;
    });
    const path = '/api/payments/{out_trade_no}/timeline';
    const kinds = good(await shopper.GET(path, of(out_trade_no))).events.map(({ kind }) => kind);
    assert.ok(kinds.includes('payment.paid') && kinds.includes('refund.succeeded'), `${kinds}`);
    await until('the shop to hear of it', () => heard().length === 4);
    const told = heard().map(({ type }) => type);
    const paid = ['payment.paid', 'order.paid', 'order.paid'];
    assert.deepEqual(told, [...paid, 'payment.refunded']);
  });

  it('is told by the compiler, and by the gateway, what fits nowhere', async () => {
    const shopper = await signIn();
    const line = '/api/cart/items/{item_id}';
    // @ts-expect-error A number is no text.
    const text = await shopper.PUT(line, { ...put('1001', 1), body: { num: '1' } });
    assert.equal(text.error?.code, 'request/invalid');
    // @ts-expect-error No such problem comes from a cart.
    assert.ok(text.error?.code !== 'refund/too-much');
    // @ts-expect-error There is no such address.
    assert.equal((await shopper.GET('/api/basket')).response.status, 404);
  });

  it('gets every answer that is documented', async () => {
    const nobody = anybody();
    const [shopper, operator] = [await signIn(), await signIn(['operator'])];
    good(await nobody.GET('/health/live'));
    await sells(await signIn(['shop']), nobody);
    good(await nobody.GET('/health/ready'));
    good(await nobody.GET('/openapi.json'));
    const { response } = await nobody.GET('/api/items');
    const header = { 'If-None-Match': response.headers.get('etag') ?? '' };
    const same = await nobody.GET('/api/items', { params: { header } });
    assert.deepEqual([response.status, same.response.status], [200, 304]);
    good(await shopper.PUT('/api/cart/items/{item_id}', put('1001', 2)));
    assert.equal(good(await shopper.GET('/api/cart')).total_fee, 11_980);
    good(await shopper.DELETE('/api/cart'));

    const unasked = await buy(shopper);
    const closed = await shopper.POST('/api/payments/{out_trade_no}/close', of(unasked));
    assert.equal(closed.response.status, 200);
    assert.deepEqual(await statesOf(shopper, unasked), ['CLOSED']);
    const again = {
      params: { path: { out_trade_no: unasked }, header: { 'Last-Event-Id': 'CLOSED' } },
    };
    good(await shopper.GET('/api/payments/{out_trade_no}/events', again));
    good(await shopper.GET('/pay/createNative.do', asked(unasked)));
    const told = good(await shopper.GET('/pay/queryPayStatus.do', asked(unasked)));
    assert.deepEqual(told, { success: false, message: '支付出错' });
    const asleep = await buy(shopper);
    await codeOf(shopper, asleep);
    // While nobody knows what WeChat has, a close waits.
    const look = { call: 'orderquery', out_trade_no: asleep };
    await system.sandbox.fault({ kind: 'http_error', times: 1_000, match: look });
    const wished = await shopper.POST('/api/payments/{out_trade_no}/close', of(asleep));
    assert.equal(wished.response.status, 202);
    const { orders } = good(await shopper.GET('/api/orders'));
    const path = { order_id: orders[0]?.order_id ?? '' };
    good(await shopper.GET('/api/orders/{order_id}', { params: { path } }));
    good(await shopper.GET('/api/payments/{out_trade_no}/refunds', of(asleep)));

    await hearsOfMoney(nobody);
    const { anomalies } = good(await operator.GET('/api/anomalies'));
    const anomaly_id = anomalies[0]?.anomaly_id ?? '';
    good(
      await operator.POST('/api/anomalies/{anomaly_id}/resolve', {
        params: { path: { anomaly_id } },
        body: { note: '已线下退款' },
      }),
    );
    await until('the shop to hear of the close', () => heard().at(-1)?.type === 'payment.closed');
    const { deliveries } = good(await operator.GET('/api/deliveries'));
    const event_id = deliveries[0]?.event_id ?? '';
    const one = { params: { path: { event_id } } };
    good(await operator.POST('/api/deliveries/{event_id}/replay', one));
    good(await operator.GET('/api/statistics'));
    const body = { user_id: 'nobody' };
    good(await operator.POST('/api/forgotten-users', { body }));
    good(await operator.POST('/api/payments/{out_trade_no}/inquiry', of(unasked)));
    const { findings } = good(await operator.POST('/api/wechat/check'));
    assert.deepEqual(
      findings.filter(({ is }) => is !== 'good').map(({ dialect, about }) => `${dialect} ${about}`),
      ['v2 appid', 'v3 appid'],
    );
    assert.deepEqual([...new Set(findings.map(({ dialect }) => dialect))], ['v2', 'v3']);
    await reconciles(operator);
    good(await shopper.GET('/api/session'));
    good(await shopper.DELETE('/api/session'));

    const unseen = documentedAnswers.filter((answer) => !seenAnswers.has(answer));
    assert.deepEqual(unseen, []);
  });
});
