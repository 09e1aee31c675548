import assert from 'node:assert/strict';
import test from 'node:test';
import { sharedOut, sharesOf } from './refund-shares';

const orders = [
  { order_id: '11', payment: 100 },
  { order_id: '12', payment: 50 },
];
type Refund = Parameters<typeof sharesOf>[1][number];

function refund(
  refund_fee: number,
  fees: Record<string, number> | null,
  change: Partial<Refund> = {},
): Refund {
  const order_fees = fees && JSON.stringify(fees);
  return { refund_fee, order_fees, status: 'SUCCESS', cause: 'operator', ...change };
}

/** What went back of both orders, and what is left of them. */
const told = (...refunds: Refund[]) => {
  const shares = [...sharesOf(orders, refunds).values()];
  return [...shares.map(({ refund_fee }) => refund_fee), ...shares.map(({ left }) => left)];
};

test('what went back of an order is what its refunds say', () => {
  assert.deepEqual(told(), [0, 0, 100, 50]);
  assert.deepEqual(told(refund(30, { 12: 30 })), [0, 30, 100, 20]);
  assert.deepEqual(told(refund(120, { 11: 100, 12: 20 })), [100, 20, 0, 30]);
});

test('only a refund that ended without money leaves its room, and only success went back', () => {
  const fees = { 11: 60 };
  assert.deepEqual(told(refund(60, fees, { status: 'PROCESSING' })), [0, 0, 40, 50]);
  assert.deepEqual(told(refund(60, fees, { status: 'CHANGE' })), [0, 0, 40, 50]);
  assert.deepEqual(told(refund(60, fees, { status: 'REFUNDCLOSE' })), [0, 0, 100, 50]);
});

test('money that paid no order is of none', () => {
  for (const cause of ['paid-after-close', 'second-transaction'] as const) {
    assert.deepEqual(told(refund(150, null, { cause })), [0, 0, 100, 50]);
  }
  assert.deepEqual(told(refund(40, null, { cause: 'console' })), [40, 0, 60, 50]);
});

test('what nobody shared out fills the orders in turn, where the others leave room', () => {
  assert.deepEqual(told(refund(120, null)), [100, 20, 0, 30]);
  assert.deepEqual(told(refund(80, null), refund(30, { 11: 30 })), [100, 10, 0, 40]);
  const coming = refund(40, null, { status: 'PROCESSING' });
  assert.deepEqual(told(refund(80, null), coming), [80, 0, 0, 30]);
  assert.deepEqual(sharesOf([], [refund(80, null)]).size, 0);
});

test('an amount is shared out in turn, until it is used up', () => {
  const shares = sharesOf(orders, [refund(30, { 11: 30 })]);
  assert.deepEqual(sharedOut(shares, 60), { 11: 60 });
  assert.deepEqual(sharedOut(shares, 100), { 11: 70, 12: 30 });
  assert.deepEqual(sharedOut(sharesOf(orders, [refund(100, { 11: 100 })]), 20), { 12: 20 });
  assert.deepEqual(sharedOut(new Map(), 20), {});
});
