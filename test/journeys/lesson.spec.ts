import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inEachWay } from '../support/every-way';
import { aReceiver, rice, tea } from '../support/shopper';
import { until } from '../support/until';
import { ways } from '../support/wechat';

inEachWay('the lesson, from cart to paid order', { ways }, (system, stores) => {
  it('a cart of 59.90 and 8.20 yuan is paid as exactly 6810 fen into two orders', async () => {
    const shopper = await system().shopper();
    await shopper.putItem(tea);
    const cart = await shopper.putItem(rice);
    assert.equal(cart.total_fee, 6810);

    const made = await shopper.checkout();
    assert.equal(made.total_fee, 6810);
    assert.equal(new Set(made.order_ids).size, 2);
    assert.deepEqual(await shopper.cart(), { lines: [], total_fee: 0 });

    const { out_trade_no } = made;
    const code = await shopper.createNative();
    assert.deepEqual({ ...code, code_url: '' }, { code_url: '', total_fee: 6810, out_trade_no });
    assert.equal((await system().sandbox.trade(out_trade_no)).total_fee, 6810);

    const waiting = shopper.queryPayStatus(out_trade_no);
    await system().sandbox.pay(code.code_url);
    assert.deepEqual(await waiting, { success: true, message: '支付成功' });

    const trade = await system().sandbox.trade(out_trade_no);
    const payment = await shopper.payment(out_trade_no);
    assert.equal(payment.trade_state, 'SUCCESS');
    assert.equal(payment.transaction_id, trade.transaction_id);
    assert.equal(payment.user_id, shopper.user_id);
    assert.equal(payment.total_fee, 6810);
    assert.deepEqual(payment.order_list.split(',').sort(), [...made.order_ids].sort());
    assert.notEqual(payment.pay_time, null);

    const orders = await Promise.all(made.order_ids.map((id) => shopper.order(id)));
    assert.deepEqual(orders.map((order) => order.payment).sort(), [5990, 820]);
    for (const order of orders) {
      assert.equal(order.status, '2');
      assert.equal(order.out_trade_no, out_trade_no);
      assert.equal(order.payment_time, payment.pay_time);
      assert.deepEqual(order.receiver, aReceiver);
    }
    assert.deepEqual(await shopper.createNativeOrNothing(), {});
  });

  it('the rows say the same as the answers', async () => {
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    const where = `WHERE out_trade_no = '${out_trade_no}'`;
    const columns = 'user_id, total_fee, trade_state, pay_type, transaction_id, order_list';
    const row = async () => {
      const [found] = await system().rows(`SELECT ${columns} FROM tb_paylog ${where}`);
      return { ...found, total_fee: Number(found?.total_fee) };
    };
    const { order_list } = await shopper.payment(out_trade_no);
    const { user_id } = shopper;
    const unpaid = { user_id, total_fee: 6810, pay_type: '1', order_list };
    assert.deepEqual(await row(), { ...unpaid, trade_state: '0', transaction_id: null });

    await system().sandbox.pay(code_url);
    const { transaction_id } = await shopper.paymentIn('SUCCESS', out_trade_no);
    assert.deepEqual(await row(), { ...unpaid, trade_state: '1', transaction_id });
    const ids = order_list.split(',').map((id) => `'${id}'`);
    const orders = await system().rows(
      `SELECT status FROM tb_order WHERE order_id IN (${ids.join(', ')})`,
    );
    assert.deepEqual(orders, [{ status: '2' }, { status: '2' }]);
  });

  it('cash on delivery makes orders and no payment', async () => {
    const shopper = await system().shopper();
    await shopper.putItem(tea, 2);
    const body = { payment_type: '2', receiver: aReceiver };
    const answer = await shopper.ask('POST', '/api/orders', { body });
    assert.equal(answer.status, 201);
    const made = answer.json() as { order_ids: string[]; out_trade_no?: string; total_fee: number };
    assert.equal(made.total_fee, 11_980);
    assert.equal('out_trade_no' in made, false);
    const [order_id = ''] = made.order_ids;
    const order = await shopper.order(order_id);
    assert.equal(order.out_trade_no, null);
    assert.equal(order.status, '1');
    assert.deepEqual(await shopper.createNativeOrNothing(), {});
    assert.deepEqual(await shopper.payments(), { payments: [], cursor: null });
  });

  it('the same Idempotency-Key answers the same orders, with another body 409', async () => {
    const shopper = await system().shopper();
    await shopper.putItem(tea);
    const made = await shopper.checkout('key-1');
    await shopper.putItem(rice);
    assert.deepEqual(await shopper.checkout('key-1'), made);
    assert.equal((await shopper.cart()).total_fee, 820);
    const other = { payment_type: '1', receiver: { ...aReceiver, name: '李' } };
    const headers = { 'idempotency-key': 'key-1' };
    const refused = await shopper.ask('POST', '/api/orders', { body: other, headers });
    assert.equal(refused.status, 409);
    assert.equal((refused.json() as { code: string }).code, 'idempotency/key-reused');
    const neighbour = await system().shopper();
    await neighbour.putItem(tea);
    assert.notDeepEqual(await neighbour.checkout('key-1'), made);
  });

  it('two clicks on one cart make one order set', async () => {
    const shopper = await system().shopper();
    await shopper.putItem(tea);
    await shopper.putItem(rice);
    const body = { payment_type: '1', receiver: aReceiver };
    const clicks = await Promise.all(
      [1, 2, 3, 4].map(() => shopper.ask('POST', '/api/orders', { body })),
    );
    const made = clicks.filter(({ status }) => status === 201).map(({ text }) => text);
    assert.equal(new Set(made).size, 1);
    for (const { status } of clicks) assert.ok([201, 409].includes(status), `${status}`);
    assert.equal((await shopper.orders()).orders.length, 2);
    assert.equal((await shopper.payments()).payments.length, 1);
  });

  it('payments and orders are listed newest first, page by page, one user only', async () => {
    const shopper = await system().shopper();
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      await shopper.putItem(tea);
      made.unshift((await shopper.checkout()).out_trade_no);
    }
    const pageOne = await shopper.payments('?limit=2');
    const pageTwo = await shopper.payments(`?limit=2&cursor=${pageOne.cursor}`);
    const listed = [...pageOne.payments, ...pageTwo.payments].map((each) => each.out_trade_no);
    assert.deepEqual(listed, made);
    assert.equal(pageTwo.cursor, null);
    assert.equal((await shopper.createNative()).out_trade_no, made[0]);
    assert.deepEqual((await shopper.payments('?trade_state=SUCCESS')).payments, []);

    const { orders, cursor } = await shopper.orders('?limit=100');
    assert.equal(cursor, null);
    assert.deepEqual(
      orders.map((order) => order.out_trade_no),
      made,
    );
  });

  it("an operator sees everybody's payments, a shopper only their own", async () => {
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const operator = await system().shopper({ roles: ['operator'] });
    assert.deepEqual(await operator.payment(out_trade_no), await shopper.payment(out_trade_no));
    const { payments } = await operator.payments();
    assert.equal(payments[0]?.out_trade_no, out_trade_no);
    const stranger = await system().shopper();
    assert.deepEqual(await stranger.payments(), { payments: [], cursor: null });
  });

  if (stores !== 'sqlite') {
    it('Redis holds cart and payment as in the lesson, until it is paid', async () => {
      const { redis, sandbox } = system();
      const shopper = await system().shopper();
      const field = (hash: string) => redis?.use((client) => client.hget(hash, shopper.user_id));
      await shopper.putItem(tea);
      const carts = JSON.parse((await field('cartList')) ?? '') as unknown[];
      assert.equal(carts.length, 1);
      const { out_trade_no } = await shopper.checkout();
      const log = JSON.parse((await field('payLog')) ?? '') as { out_trade_no: string };
      assert.equal(log.out_trade_no, out_trade_no);
      const { code_url } = await shopper.createNative();
      await sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
      // It goes a moment after the commit.
      await until('Redis to give it up', async () => (await field('payLog')) === null);
    });
  }
});
