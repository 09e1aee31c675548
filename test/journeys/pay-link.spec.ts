import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { quickMoney } from '../support/every-way';
import { type Answer, type Ask, ask, expected } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import { pays } from '../support/opened';
import {
  aShopOrder,
  bringKey,
  byLink,
  open,
  openedByShop,
  openNew,
  partsOf,
} from '../support/shop-order';
import { Shopper } from '../support/shopper';
import type { Stores } from '../support/store-servers';
import type { System } from '../support/system';

const needed = 'auth/role-needed';
const unknown = '281604172903043072';
const codeOf = (answer: Answer) => (answer.json() as { code: string }).code;

/** Somebody without sign-in who brings this as the key of this payment. */
const withCookie = (url: string, out_trade_no: string, key: string) =>
  new Shopper({ url, user_id: '', credentials: { cookie: `saoma_pay_${out_trade_no}=${key}` } });

/** Whoever brings it sees as much of this payment as of one that there is not. */
async function seesNothing(somebody: Shopper, out_trade_no: string): Promise<void> {
  const paths = (number: string) => [
    `/api/payments/${number}`,
    `/api/payments/${number}/refunds`,
    `/api/payments/${number}/events`,
    `/pay/createNative?out_trade_no=${number}`,
  ];
  for (const path of paths(out_trade_no)) {
    assert.ok([401, 404].includes((await somebody.ask('GET', path)).status), path);
  }
  const told = await somebody.ask('GET', `/pay/queryPayStatus?out_trade_no=${out_trade_no}`);
  assert.ok(told.status === 401 || told.text === '{"success":false,"message":"支付出错"}');
}

/** What a key is no key for: whose it is does not say who they are. */
const others = (out_trade_no: string) =>
  [
    ['GET', '/api/payments'],
    ['GET', '/api/orders'],
    ['GET', '/api/session'],
    ['GET', '/api/cart'],
    ['GET', '/pay/createNative'],
    ['GET', `/api/payments/${out_trade_no}/timeline`],
    ['POST', `/api/payments/${out_trade_no}/close`],
    ['POST', `/api/payments/${out_trade_no}/refunds`],
    ['POST', `/api/payments/${out_trade_no}/inquiry`],
  ] as const;

/** With a body and a key, where one is wanted. */
function sentWith(method: string, path: string): Ask {
  if (method === 'GET') return {};
  const body = path.endsWith('/refunds') ? { refund_fee: 1, reason: 'mine' } : undefined;
  return { body, headers: { 'idempotency-key': 'mine' } };
}

function attacks(system: () => System, stores: Stores): void {
  const tablesSql =
    stores === 'sqlite' ? "SELECT name FROM sqlite_master WHERE type = 'table'" : 'SHOW TABLES';
  const everyRow = async () => {
    const tables = (await system().rows(tablesSql)).flatMap((row) => Object.values(row));
    const rows = await Promise.all(tables.map((each) => system().rows(`SELECT * FROM ${each}`)));
    return JSON.stringify(rows);
  };

  it('is not guessed, and a wrong key is answered as a missing payment is', async () => {
    const { out_trade_no, pay_url } = await openedByShop(system());
    const { key } = partsOf(pay_url);
    assert.ok(Buffer.from(key, 'base64url').length >= 16, '128 bits');
    const known = createHash('sha256').update(key).digest('hex');
    const guesses = [key.slice(1), `${key}A`, key.toUpperCase(), key.slice(0, 8), known, '0', '%'];
    for (const guess of guesses) {
      const tried = await bringKey(system().url(), out_trade_no, guess);
      const none = await bringKey(system().url(), unknown, guess);
      assert.deepEqual([tried.status, codeOf(tried)], [404, 'payment/not-found'], guess);
      assert.deepEqual([none.status, codeOf(none)], [tried.status, codeOf(tried)]);
      await seesNothing(withCookie(system().url(), out_trade_no, guess), out_trade_no);
    }
  });

  it('is good for no other payment, not even of the same shop', async () => {
    const { shop, pay_url } = await openedByShop(system());
    const { key } = partsOf(pay_url);
    const other = await openNew(shop);
    assert.equal((await bringKey(system().url(), other.out_trade_no, key)).status, 404);
    await seesNothing(withCookie(system().url(), other.out_trade_no, key), other.out_trade_no);
    const { out_trade_no } = await (await system().shopper()).buy();
    assert.equal((await bringKey(system().url(), out_trade_no, key)).status, 404);
    await seesNothing(withCookie(system().url(), out_trade_no, key), out_trade_no);
  });

  it('lets nobody do more than see and pay, whoever else they are', async () => {
    const { shopper, out_trade_no } = await openedByShop(system());
    const signedIn = await system().shopper();
    const cookie = `${shopper.credentials.cookie}; ${signedIn.credentials.cookie}`;
    const both = new Shopper({ url: system().url(), user_id: '', credentials: { cookie } });
    for (const [method, path] of others(out_trade_no)) {
      const options = sentWith(method, path);
      assert.equal((await shopper.ask(method, path, options)).status, 401, `${method} ${path}`);
      if (!path.includes(out_trade_no)) continue;
      const { status } = await both.ask(method, path, options);
      assert.ok([403, 404].includes(status), `${method} ${path}, signed in: ${status}`);
    }
    assert.equal((await both.payment(out_trade_no)).trade_state, 'NOTPAY');
    for (const payer of [shopper, both]) {
      const seen = await payer.ask('GET', `/api/payments/${out_trade_no}/refunds`);
      assert.deepEqual(expected(200, seen), { refunds: [] });
    }
    assert.deepEqual((await both.payments()).payments, []);
  });

  it('gives no code once it is closed or paid', async () => {
    const closed = await openedByShop(system());
    expected(200, await closed.shop.close(closed.out_trade_no));
    const late = await byLink(system().url(), closed.pay_url);
    assert.deepEqual(await late.createNativeOrNothing(closed.out_trade_no), {});
    assert.equal((await late.payment(closed.out_trade_no)).trade_state, 'CLOSED');
    const paid = await pays(system(), await openedByShop(system()));
    const again = await byLink(system().url(), paid.pay_url);
    assert.deepEqual(await again.createNativeOrNothing(paid.out_trade_no), {});
    // The number of a closed one is used again: the old link does not lead to the new payment.
    const { merchant_order_no } = closed;
    const fresh = await openNew(closed.shop, { merchant_order_no });
    const { key } = partsOf(closed.pay_url);
    assert.equal((await bringKey(system().url(), fresh.out_trade_no, key)).status, 404);
  });

  it('is neither in a log nor in the database', async () => {
    const one = await openedByShop(system());
    const { shop, merchant_order_no } = one;
    const again = expected(200, await open(shop, aShopOrder({ merchant_order_no })));
    const { pay_url = '' } = again as Record<string, string>;
    await bringKey(system().url(), unknown, partsOf(pay_url).key);
    await pays(system(), one);
    const kept = await everyRow();
    assert.ok(kept.includes(merchant_order_no));
    const said = system().services.flatMap(({ log }) => log);
    assert.ok(said.length > 0);
    for (const { key } of [one.pay_url, pay_url].map(partsOf)) {
      assert.deepEqual(
        said.filter((line) => line.includes(key)),
        [],
      );
      assert.ok(!kept.includes(key), 'the database has it');
    }
  });

  it('is forgotten by a browser that has those of many newer payments', async () => {
    const { shop } = await openedByShop(system());
    const cookies = new Map<string, string>();
    for (let opened = 0; opened < 25; opened += 1) {
      const { out_trade_no, pay_url } = await openNew(shop);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const { key } = partsOf(pay_url);
      const path = `${system().url()}/api/payments/${out_trade_no}/key`;
      const answer = await ask('POST', path, { body: { key }, headers: { cookie } });
      for (const line of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
        if (line.includes('Max-Age=0')) cookies.delete(name);
        else cookies.set(name, value);
      }
      assert.ok(cookies.has(`saoma_pay_${out_trade_no}`));
    }
    assert.equal(cookies.size, 20);
  });

  it('is good however often the shop repeats itself; keys have a bound', async () => {
    const { shop, merchant_order_no, out_trade_no, pay_url } = await openedByShop(system());
    const links = [];
    for (let repeats = 0; repeats < 25; repeats += 1) {
      const answer = expected(200, await open(shop, aShopOrder({ merchant_order_no })));
      links.push((answer as { pay_url?: string }).pay_url);
    }
    assert.equal(links.filter((link) => link !== undefined).length, 19);
    for (const link of [pay_url, links[0] ?? '']) {
      const payer = await byLink(system().url(), link);
      assert.equal((await payer.payment(out_trade_no)).out_trade_no, out_trade_no);
    }
  });
}

/** The role `shop` says what one does, not whose payments one has. */
function otherShops(system: () => System): void {
  it('sees, pays, closes and refunds nothing of another shop’s, whatever it knows', async () => {
    const { out_trade_no, merchant_order_no } = await openedByShop(system());
    const rival = await system().shopper({ roles: ['shop'] });
    await seesNothing(rival, out_trade_no);
    for (const [method, path] of others(out_trade_no).filter(([, at]) =>
      at.includes(out_trade_no),
    )) {
      const { status } = await rival.ask(method, path, sentWith(method, path));
      assert.ok([403, 404].includes(status), `${method} ${path}: ${status}`);
    }
    // The same number in another shop is another order.
    const own = await openNew(rival, { merchant_order_no });
    assert.notEqual(own.out_trade_no, out_trade_no);
    assert.equal((await rival.payments()).payments.length, 1);
  });

  it('is the opener’s alone: whoever has its name without its role is a shopper', async () => {
    const { shop, out_trade_no } = await openedByShop(system(), { user_id: 'payer-1' });
    const namesake = await system().shopper({ user_id: shop.user_id });
    await seesNothing(namesake, out_trade_no);
    const payer = await system().shopper({ user_id: 'payer-1' });
    assert.equal((await payer.payment(out_trade_no)).metadata, null);
    assert.equal(codeOf(await payer.ask('POST', '/api/payments', { body: aShopOrder() })), needed);
    // An operator refunds, and opens nothing.
    const operator = await system().shopper({ roles: ['operator'] });
    const opening = await operator.ask('POST', '/api/payments', { body: aShopOrder() });
    assert.equal(codeOf(opening), needed);
    assert.equal(codeOf(await shop.refund(out_trade_no, 1)), 'auth/operator-only');
  });

  for (const [what, change] of Object.entries(badOrders)) {
    it(`opens nothing for ${what}`, async () => {
      const shop = await system().shopper({ roles: ['shop'] });
      const answer = await open(shop, { ...aShopOrder(), ...change });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(codeOf(answer), 'request/invalid');
      assert.deepEqual((await shop.payments()).payments, []);
    });
  }
}

const badOrders: Record<string, object> = {
  'no number': { merchant_order_no: '' },
  'a number of 65 characters': { merchant_order_no: 'n'.repeat(65) },
  'a number with a line end': { merchant_order_no: 'a\nb' },
  'no money': { total_fee: 0 },
  'less than no money': { total_fee: -1 },
  'a part of a fen': { total_fee: 1.5 },
  'more than a million yuan': { total_fee: 100_000_001 },
  'money as text': { total_fee: '100' },
  'no words for the payer': { body: '' },
  'words that nobody sees': { body: ' \u3000' },
  'words of 128 bytes': { body: `${'一'.repeat(42)}ab` },
  'a page that is a script': { return_url: 'javascript:alert(1)' },
  'a page that anybody can read on its way': { return_url: 'http://shop.example.com/thanks' },
  'a page behind a name and a password': { return_url: 'https://shop@evil.example/' },
  'a page whose host is another to some': { return_url: 'https:\\\\evil.example' },
  'a page without a host': { return_url: '//evil.example' },
  'metadata in depth': { metadata: { a: { b: '1' } } },
  'metadata of 21 members': {
    metadata: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`k${at}`, ''])),
  },
  'metadata that is a number': { metadata: { a: 1 } },
  'a payer without a name': { user_id: '' },
  'a member too many': { out_trade_no: '1' },
};

onEveryStore('the link to pay', { env: quickMoney }, attacks);
onEveryStore('the role of a shop', { env: quickMoney }, otherShops);
