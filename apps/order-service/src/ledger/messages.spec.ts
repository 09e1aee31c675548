import assert from 'node:assert/strict';
import test from 'node:test';
import { webhooks } from '@saoma/contracts/webhooks';
import { Opening } from '../payments/opening';
import { Settlement } from '../payments/settlement';
import { RefundService } from '../refunds/refund.service';
import { RefundBook } from '../refunds/refund-book';
import { onEachDatabase } from '../schema/spec-kit';
import { aShopOrder, money, OrderRoom } from '../spec-kit';
import { DeliveryRow } from './delivery.entity';
import { automaticRefundNo, RefundRow } from './refund.entity';

const webhook = {
  SHOP_WEBHOOK_URL: 'http://127.0.0.1:1/',
  SHOP_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};
const metadata = { 桌: '7 "号"' };

onEachDatabase('messages to the shop', (bench) => {
  let room: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench, { env: webhook });
  });
  test.after(() => room.close());

  const opened = async (merchant_order_no: string) => {
    const order = aShopOrder({ merchant_order_no, metadata });
    const { payment } = await room.get(Opening).openPayment(order);
    return payment;
  };
  const pay = (out_trade_no: string, total_fee = 6_810) => {
    const paid = money(out_trade_no, { total_fee });
    return room.get(Settlement).updateOrderStatus(paid, 'notice');
  };
  /** WeChat says that this refund has reached the payer. */
  const succeeds = async (out_refund_no: string) => {
    const row = await room.database.statements((manager) =>
      manager.findOneByOrFail(RefundRow, { out_refund_no }),
    );
    const move = { is: 'succeeded', refund_fee: row.refund_fee } as const;
    await room.get(RefundBook).write(row, move);
  };
  const refund = async (out_trade_no: string, refund_fee: number, order_id?: string) => {
    const wish = { user_id: 'op', out_trade_no, refund_fee, reason: 'broken' };
    const idempotency_key = `${out_trade_no} ${refund_fee}`;
    const named = order_id === undefined ? {} : { order_id };
    const begun = await room
      .get(RefundService)
      .refundPayment({ ...wish, idempotency_key, ...named });
    await succeeds(begun.out_refund_no);
  };
  /** The facts that all refunds of a payment are told by. */
  const refunds = async (out_trade_no: string) => {
    const told = await room.messages(out_trade_no);
    return told.flatMap(({ type, data }) => (type === 'payment.refunded' ? [data] : []));
  };

  test('metadata as large as may be is kept, and told of again', async () => {
    const entry = (at: number) => [`k${at + 10}`.padEnd(41, '🍵'), '🍵'.repeat(500)];
    const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, at) => entry(at)));
    const order = () => aShopOrder({ merchant_order_no: '🍵'.repeat(64), metadata });
    const { payment } = await room.get(Opening).openPayment(order());
    assert.deepEqual(payment.metadata, metadata);
    const again = await room.get(Opening).openPayment(order());
    assert.equal(again.is_new, false);
    assert.deepEqual(again.payment.metadata, metadata);
    await pay(payment.out_trade_no, payment.total_fee);
    const [message] = await room.messages(payment.out_trade_no);
    assert.ok(message?.type === 'payment.paid');
    assert.deepEqual(message.data.metadata, metadata);
  });

  test('a paid cart is told of as a whole, before each of its orders', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    await pay(out_trade_no);
    const [whole, ...others] = await room.messages(out_trade_no);
    const { create_time, order_list, transaction_id } = await room.payLog(out_trade_no);
    const pay_time = '2026-09-30T02:17:33.000Z';
    const facts = { out_trade_no, transaction_id, total_fee: 6_810, pay_time };
    const made = { create_time: create_time.toISOString(), order_list };
    const ofNoShop = { body: null, merchant_order_no: null, metadata: null };
    assert.equal(whole?.type, 'payment.paid');
    assert.deepEqual(whole.data, { ...facts, ...made, ...ofNoShop });
    assert.deepEqual(
      others.map(({ type, data }) => ({ type, data })),
      order_ids.map((order_id) => ({ type: 'order.paid', data: { order_id, ...facts } })),
    );
  });

  test('the first of a commit has a head start, so that no other meets it under way', async () => {
    const { out_trade_no } = await room.checkout();
    await pay(out_trade_no);
    const rows = await room.database.statements((manager) =>
      manager.find(DeliveryRow, { where: { out_trade_no }, order: { event_id: 'ASC' } }),
    );
    const waits = rows.map(({ next_try_time, create_time }) => {
      return Number(next_try_time) - create_time.getTime();
    });
    assert.deepEqual(waits, [0, 250, 250]);
  });

  test('of its own order a shop is told by what it has said itself', async () => {
    const [paid, closed] = [await opened('A-1'), await opened('A-2')];
    await pay(paid.out_trade_no, 1_200);
    await room.get(Settlement).closeOrders(closed.out_trade_no, 'closed by us');
    const [told, ...others] = await room.messages(paid.out_trade_no);
    assert.deepEqual(others, []);
    assert.equal(told?.type, 'payment.paid');
    const own = { merchant_order_no: 'A-1', metadata, order_list: '', body: '两张电影票' };
    assert.deepEqual({ ...told.data, ...own }, told.data);
    const [end] = await room.messages(closed.out_trade_no);
    assert.equal(end?.type, 'payment.closed');
    const ofClosed = { merchant_order_no: 'A-2', metadata, order_list: '', held: false };
    assert.deepEqual({ ...end.data, ...ofClosed }, end.data);
  });

  test('each refund says what went back in all, and of which order it is', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const [order_id = ''] = order_ids;
    await pay(out_trade_no);
    await refund(out_trade_no, 100);
    await refund(out_trade_no, 200, order_id);
    const told = await refunds(out_trade_no);
    assert.deepEqual(
      told.map(({ refund_fee, refunded_fee }) => [refund_fee, refunded_fee]),
      [
        [100, 100],
        [200, 300],
      ],
    );
    assert.deepEqual(
      told.map((data) => data.order_id),
      [undefined, order_id],
    );
    const own = await opened('A-3');
    await pay(own.out_trade_no, 1_200);
    await refund(own.out_trade_no, 1_200);
    const [all] = await refunds(own.out_trade_no);
    assert.deepEqual({ ...all, merchant_order_no: 'A-3', metadata, refunded_fee: 1_200 }, all);
  });

  test('what was paid twice counts into no sum of the payment', async () => {
    const { out_trade_no } = await room.checkout();
    await pay(out_trade_no);
    const second = money(out_trade_no);
    await room.get(Settlement).updateOrderStatus(second, 'notice');
    await refund(out_trade_no, 100);
    await succeeds(automaticRefundNo(second));
    const told = await refunds(out_trade_no);
    assert.deepEqual(
      told.map(({ cause, refund_fee, refunded_fee }) => [cause, refund_fee, refunded_fee]),
      [
        ['operator', 100, 100],
        ['second-transaction', 6_810, 100],
      ],
    );
  });
});

test('what the first release has written is a message still', () => {
  const timestamp = '2026-09-30T02:47:00.000Z';
  const of = { out_trade_no: '281604172903043072', total_fee: 5_990 };
  const order_list = '281604172903043073';
  const closed = { type: 'payment.closed', timestamp, data: { ...of, order_list } };
  assert.deepEqual(webhooks['payment.closed'].parse(closed), closed);
  const { out_trade_no } = of;
  const back = { out_refund_no: `${out_trade_no}-op-1`, refund_fee: 1_000, cause: 'operator' };
  const refunded = { type: 'payment.refunded', timestamp, data: { out_trade_no, ...back } };
  assert.deepEqual(webhooks['payment.refunded'].parse(refunded), refunded);
});
