import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { ListeningShop } from '../support/listening-shop';
import { paid, pays } from '../support/opened';
import { openedByShop } from '../support/shop-order';
import type { Shopper } from '../support/shopper';
import { System } from '../support/system';
import { until } from '../support/until';

const metadata = { table: '7' };

describe('a shop that listens', () => {
  let listening: ListeningShop;
  let system: System;
  let operator: Shopper;
  before(async () => {
    listening = await ListeningShop.start();
    const { 'order-service': order, ...others } = quickMoney;
    const env = { ...others, 'order-service': { ...order, ...listening.env } };
    system = await System.start({ stores: 'sqlite', env });
    operator = await system.shopper({ roles: ['operator'] });
  });
  after(async () => {
    await system?.stop();
    listening.stop();
  });

  /** The types of a payment's messages, once there are so many. */
  const told = async (out_trade_no: string, count: number) => {
    await until(`${count} messages`, () => listening.heard(out_trade_no).length === count);
    return listening.heard(out_trade_no);
  };
  const refund = async (out_trade_no: string, body: object) => {
    const headers = { 'idempotency-key': randomUUID() };
    const path = `/api/payments/${out_trade_no}/refunds`;
    const wish = { reason: '商品破损', ...body };
    expected(201, await operator.ask('POST', path, { body: wish, headers }));
  };

  it('hears of the payment of its own order by its own number, paid and refunded', async () => {
    const one = await pays(system, await openedByShop(system, { metadata }));
    const { out_trade_no, merchant_order_no, total_fee } = one;
    await told(out_trade_no, 1);
    await refund(out_trade_no, { refund_fee: total_fee });
    const [paidOne, back] = await told(out_trade_no, 2);
    assert.equal(paidOne?.type, 'payment.paid');
    const { body, order_list } = paidOne.data;
    assert.deepEqual([body, order_list], ['两张电影票', '']);
    assert.equal(back?.type, 'payment.refunded');
    assert.equal(back.data.refunded_fee, total_fee);
    for (const { data } of [paidOne, back]) {
      assert.deepEqual([data.merchant_order_no, data.metadata], [merchant_order_no, metadata]);
    }
  });

  it('hears that the payment of its own order was closed', async () => {
    const { shop, out_trade_no, merchant_order_no } = await openedByShop(system, { metadata });
    expected(200, await shop.close(out_trade_no));
    const [closed] = await told(out_trade_no, 1);
    assert.equal(closed?.type, 'payment.closed');
    const { data } = closed;
    assert.deepEqual([data.merchant_order_no, data.metadata], [merchant_order_no, metadata]);
  });

  it('hears of a cart as a whole, then of its orders, and of which order a refund is', async () => {
    const { out_trade_no, order_ids } = await paid(system);
    const [order_id = ''] = order_ids;
    await told(out_trade_no, 3);
    await refund(out_trade_no, { refund_fee: 100, order_id });
    const messages = await told(out_trade_no, 4);
    const types = ['payment.paid', 'order.paid', 'order.paid', 'payment.refunded'];
    assert.deepEqual(
      messages.map(({ type }) => type),
      types,
    );
    const ids = messages.slice(1).map(({ data }) => 'order_id' in data && data.order_id);
    assert.deepEqual(ids, [...order_ids, order_id]);
  });
});
