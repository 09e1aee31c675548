import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { bothDialects, inEachWay, quickMoney } from '../support/every-way';
import { ask, expected } from '../support/http';
import { pays } from '../support/opened';
import { aShopOrder, byLink, open, openedByShop, openNew } from '../support/shop-order';
import { until } from '../support/until';

inEachWay("a shop's own order", { ways: bothDialects, env: quickMoney }, (system) => {
  it('is opened, paid by whoever has the link, and refunded by an operator', async () => {
    const one = await openedByShop(system(), { metadata: { table: '7' } });
    const { shop, shopper, out_trade_no, total_fee, merchant_order_no } = one;
    assert.equal((await system().sandbox.trade(out_trade_no)).total_fee, total_fee);
    await pays(system(), one);
    const paid = await shop.payment(out_trade_no);
    assert.deepEqual(paid.metadata, { table: '7' });
    assert.equal(paid.merchant_order_no, merchant_order_no);
    assert.equal(paid.order_list, '');
    assert.deepEqual(await shopper.queryPayStatus(out_trade_no), {
      success: true,
      message: '支付成功',
    });
    const operator = await system().shopper({ roles: ['operator'] });
    expected(201, await operator.refund(out_trade_no, total_fee));
    await until('all of it is back', async () => {
      const { refund_fee } = await shop.payment(out_trade_no);
      return refund_fee === total_fee;
    });
  });

  it('says in WeChat what it is for', async () => {
    const { code_url } = await openedByShop(system(), { body: '两张票 🎬' });
    const phone = `${system().sandbox.url}/phone?code_url=${encodeURIComponent(code_url)}`;
    assert.match((await ask('GET', phone)).text, /两张票/);
  });

  it('is the same payment at each repeat, and a new one after it was closed', async () => {
    const { shop, shopper, merchant_order_no, out_trade_no } = await openedByShop(system());
    const order = aShopOrder({ merchant_order_no });
    const again = expected(200, await open(shop, order)) as Record<string, string>;
    assert.equal(again.out_trade_no, out_trade_no);
    const other = await byLink(system().url(), again.pay_url ?? '');
    const codes = [
      await other.createNative(out_trade_no),
      await shopper.createNative(out_trade_no),
    ];
    assert.deepEqual(codes[0], codes[1]);
    const problem = await open(shop, { ...order, total_fee: 1 });
    assert.equal(problem.status, 409);
    assert.equal((problem.json() as { code: string }).code, 'payment/number-reused');
    assert.equal((await shop.close(out_trade_no)).status, 200);
    const fresh = await openNew(shop, { merchant_order_no, total_fee: 1 });
    assert.notEqual(fresh.out_trade_no, out_trade_no);
    assert.deepEqual(await shopper.createNativeOrNothing(out_trade_no), {});
  });

  it('is found by its number, and listed for its shop alone', async () => {
    const { shop, out_trade_no, merchant_order_no } = await openedByShop(system());
    const second = await openNew(shop, { user_id: `user-${randomUUID()}` });
    const operator = await system().shopper({ roles: ['operator'] });
    const query = `?q=${encodeURIComponent(merchant_order_no)}`;
    const [found, ...more] = (await operator.payments(query)).payments;
    assert.equal(found?.out_trade_no, out_trade_no);
    assert.deepEqual(more, []);
    const own = `?merchant_order_no=${encodeURIComponent(merchant_order_no)}`;
    const ofShop = await shop.payments(own);
    assert.deepEqual(ofShop, { payments: [found], cursor: null });
    const pages = [await shop.payments('?limit=1')];
    pages.push(await shop.payments(`?limit=1&cursor=${pages[0]?.cursor}`));
    const numbers = pages.flatMap(({ payments }) => payments.map((one) => one.out_trade_no));
    assert.deepEqual(numbers, [second.out_trade_no, out_trade_no]);
    assert.equal(pages[1]?.cursor, null);
    const stranger = await system().shopper({ roles: ['shop'] });
    for (const query of ['', own]) {
      assert.deepEqual((await stranger.payments(query)).payments, []);
    }
  });

  it('is opened once by many at the same moment', async () => {
    const shop = await system().shopper({ roles: ['shop'] });
    const order = aShopOrder();
    const answers = await Promise.all(Array.from({ length: 12 }, () => open(shop, order)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(11).fill(200), 201]);
    const numbers = new Set(
      answers.map((one) => (one.json() as { out_trade_no: string }).out_trade_no),
    );
    assert.equal(numbers.size, 1);
  });
});
