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

const facts = { seller_id: 'chaye', title: '茶', price: 5990, image: '', on_sale: true };

test('a catalogue of more than a page leads from one page to the next', async (t) => {
  const all = Array.from({ length: 1_001 }, (_, index) => ({
    ...tea,
    item_id: `${10_000 + index}`,
  }));
  const scene = await Scene.start(t, {
    order: {
      items: ({ after = '' }) => all.filter(({ item_id }) => item_id > after).slice(0, 501),
    },
  });
  const seen: string[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const page = await scene.ask('GET', next);
    const items = page.json() as Item[];
    assert.ok(items.length <= 500);
    seen.push(...items.map(({ item_id }) => item_id));
    next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
  }
  assert.deepEqual(
    seen,
    all.map(({ item_id }) => item_id),
  );
  assert.equal((await scene.ask('GET', `${path}?after=x`)).status, 400);
});

test('however many pages are asked for, the first one is still in memory', async (t) => {
  let firsts = 0;
  const items = ({ after }: { after?: string }) => {
    if (after === undefined) firsts += 1;
    return [tea];
  };
  const scene = await Scene.start(t, { order: { items } });
  const first = await scene.ask('GET', path);
  for (let page = 1; page <= 15; page += 1) await scene.ask('GET', `${path}?after=${page}`);
  await scene.order.stop();
  assert.equal((await scene.ask('GET', path)).text, first.text);
  await scene.order.start();
  assert.ok(firsts >= 1);
});

test('whoever has changed an item sees that at once', async (t) => {
  let item = { ...tea };
  const scene = await Scene.start(t, {
    order: {
      items: () => [item],
      putItem: (put) => {
        const { on_sale: _, ...shown } = put;
        item = shown;
        return put;
      },
    },
  });
  const headers = await bearer({ roles: ['shop'] });
  for (let price = 1; price <= 20; price += 1) {
    await scene.ask('GET', path);
    const put = await scene.ask('PUT', `${path}/1`, { headers, body: { ...facts, price } });
    assert.deepEqual([put.status, put.json()], [200, { ...facts, item_id: '1', price }]);
    assert.deepEqual((await scene.ask('GET', path)).json(), [{ ...tea, price }]);
  }
});

test('only the shop and operators change the catalogue', async (t) => {
  let puts = 0;
  const putItem = () => {
    puts += 1;
    return { ...facts, item_id: '1' };
  };
  const scene = await Scene.start(t, { order: { putItem } });
  const put = async (roles: string[]) => {
    const headers = await bearer({ roles });
    const { status, json } = await scene.ask('PUT', `${path}/1`, { headers, body: facts });
    return [status, (json() as { code?: string }).code];
  };
  assert.deepEqual(await put([]), [403, 'auth/role-needed']);
  assert.deepEqual(await put(['auditor']), [403, 'auth/read-only']);
  assert.deepEqual(await put(['shop', 'auditor']), [403, 'auth/read-only']);
  assert.equal((await scene.ask('PUT', `${path}/1`, { body: facts })).status, 401);
  assert.equal(puts, 0);
  assert.deepEqual(await put(['shop']), [200, undefined]);
  assert.deepEqual(await put(['operator']), [200, undefined]);
  assert.equal(puts, 2);
});

test('a picture is of this host or of https, and no fact may be missing', async (t) => {
  const scene = await Scene.start(t, {
    order: { putItem: (item) => item },
  });
  const headers = await bearer({ roles: ['shop'] });
  const put = (change: object) =>
    scene.ask('PUT', `${path}/1`, { headers, body: { ...facts, ...change } });
  for (const image of [
    '',
    '/img/tea.svg',
    'https://img.example/a.jpg?b=1',
    'HTTPS://IMG.EXAMPLE/茶',
  ]) {
    assert.equal((await put({ image })).status, 200, image);
  }
  const { title } = (await put({ title: '普洱\n茶\u200d' })).json() as { title: string };
  assert.equal(title, '普洱 茶', 'as what people type');
  const bad = ['http://img.example/a.jpg', '//img.example/a.jpg', '/\\img.example', 'tea.svg'];
  const worse = [
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'https://a:b@img.example/',
    '/\n',
  ];
  for (const image of [...bad, ...worse, 'https:img.example', `/${'a'.repeat(500)}`, null]) {
    const answer = await put({ image });
    assert.equal(answer.status, 400, String(image));
    assert.match(answer.text, /"path":"image"/);
  }
  for (const change of [
    { price: -1 },
    { price: 100_000_001 },
    { price: 0.5 },
    { title: '' },
    { title: '\u0000\u200b' },
    { seller_id: 'a'.repeat(65) },
    { on_sale: 'yes' },
    { on_sale: undefined },
    { more: 1 },
  ]) {
    assert.equal((await put(change)).status, 400, JSON.stringify(change));
  }
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
