import assert from 'node:assert/strict';
import test from 'node:test';
import type { Item } from '@saoma/contracts/cart';
import type { Checkout } from '@saoma/contracts/orders';
import { until } from '../../../../test/support/until';
import { bearer, Scene } from '../spec-kit';

const path = '/api/items';
const tea: Item = { item_id: '1', seller_id: 'chaye', title: '茶', price: 5990, image: '' };

test('a crowd shares what one call brings, and 304 spares the rest', async (t) => {
  let calls = 0;
  let underWay = 0;
  let underWayMax = 0;
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const items = async () => {
    calls += 1;
    underWay += 1;
    underWayMax = Math.max(underWayMax, underWay);
    await held;
    underWay -= 1;
    return [tea];
  };
  const scene = await Scene.start(t, { order: { items } });
  const crowd = Array.from({ length: 100 }, () => scene.ask('GET', path));
  await until('it is asked', () => calls === 1);
  answer();
  for (const visitor of crowd) {
    const { status, headers, text } = await visitor;
    assert.deepEqual([status, text], [200, JSON.stringify([tea])]);
    assert.equal(headers.get('cache-control'), 'no-cache');
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
  }
  // Who comes when the first answer is no longer fresh may make another call, never a second one.
  assert.equal(underWayMax, 1);
  assert.ok(calls < crowd.length / 2, `${calls} calls`);
  const etag = (await crowd[0])?.headers.get('etag') ?? '';
  assert.match(etag, /^"[^"]+"$/);
  const again = await scene.ask('GET', path, { headers: { 'if-none-match': `"old", W/${etag}` } });
  assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag]);
});

test('a change of the catalogue is seen, with another tag', async (t) => {
  let price = 5990;
  const scene = await Scene.start(t, { order: { items: () => [{ ...tea, price }] } });
  const before = await scene.ask('GET', path);
  price = 6990;
  const headers = { 'if-none-match': before.headers.get('etag') ?? '' };
  const after = await until('the change is seen', async () => {
    const answer = await scene.ask('GET', path, { headers });
    return answer.status === 200 && answer;
  });
  assert.deepEqual(after.json(), [{ ...tea, price: 6990 }]);
});

test('while the order service is away what was known is shown, else 503', async (t) => {
  const scene = await Scene.start(t, { order: { items: () => [tea] } });
  await scene.order.stop();
  const unknown = await scene.ask('GET', path);
  assert.deepEqual([unknown.status, unknown.headers.get('retry-after')], [503, '3']);
  await scene.order.start();
  await until('it is back', async () => (await scene.ask('GET', path)).status === 200);
  await scene.order.stop();
  const cart = { headers: await bearer() };
  await until('it is away', async () => (await scene.ask('GET', '/api/cart', cart)).status === 503);
  const known = await scene.ask('GET', path);
  assert.deepEqual([known.status, known.json()], [200, [tea]]);
});

test('lists that hang are 503 for those who ask for lists, and money goes on', async (t) => {
  const held: (() => void)[] = [];
  const listOrders = async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return { orders: [], cursor: null };
  };
  const checkout: Checkout = { order_ids: ['1'], out_trade_no: '2', total_fee: 5990 };
  const code = { out_trade_no: '2', total_fee: 5990, code_url: 'weixin://wxpay/1' };
  const scene = await Scene.start(t, {
    order: {
      listOrders,
      add: () => checkout,
      searchPayLog: () => ({ state: 'code', ...code }),
      receiveNotice: () => ({ status: 200, type: 'text/xml', body: 'taken' }),
    },
  });
  const headers = await bearer();
  const answers: Promise<number>[] = Array.from({ length: 600 }, async () => {
    const answer = await scene.ask('GET', '/api/orders', { headers });
    if (answer.status === 503) assert.equal(answer.headers.get('retry-after'), '3');
    return answer.status;
  });
  assert.equal(await Promise.race(answers), 503);
  const receiver = { name: '王小明', mobile: '13800138000', address: '北京' };
  const body = { payment_type: '1', receiver };
  const made = await scene.ask('POST', '/api/orders', { headers, body });
  assert.deepEqual([made.status, made.json()], [201, checkout]);
  const native = await scene.ask('GET', '/pay/createNative', { headers });
  assert.deepEqual(native.json(), code);
  assert.equal((await scene.ask('POST', '/pay/notify', { body: '<xml/>' })).text, 'taken');
  const all = Promise.all(answers);
  const letGo = setInterval(() => {
    for (const release of held.splice(0)) release();
  });
  const statuses = await all.finally(() => clearInterval(letGo));
  const count = (status: number) => statuses.filter((one) => one === status).length;
  assert.ok(count(200) >= 8, `${count(200)} were answered`);
  assert.equal(count(200) + count(503), 600);
});
