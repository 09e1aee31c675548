import assert from 'node:assert/strict';
import test from 'node:test';
import type { BillRow } from '@saoma/contracts/bills';
import type { FindingKind } from '@saoma/contracts/reconciliations';
import { findingOf, type OurPayment, type OurRefund, type Ours } from './judge';

const paidRow: BillRow = {
  type: 'payment',
  time: '2026-11-24T12:00:00+08:00',
  transaction_id: '4201',
  out_trade_no: '1001',
  trade_type: 'NATIVE',
  refund_id: null,
  out_refund_no: null,
  fee: 5_990,
  settlement_fee: 5_000,
  coupon_fee: 990,
  state: 'SUCCESS',
  service_fee: 36,
  fee_type: 'CNY',
};
const backRow: BillRow = {
  ...paidRow,
  ...{ type: 'refund', refund_id: '5001', out_refund_no: '1001-op-1', fee: 300 },
};
const paid: OurPayment = {
  ...{ out_trade_no: '1001', transaction_id: '4201', total_fee: 5_990, trade_state: '1' },
};
const back: OurRefund = {
  ...{ out_refund_no: '1001-op-1', out_trade_no: '1001', transaction_id: '4201' },
  ...{ refund_id: '5001', refund_fee: 300, status: 'SUCCESS' },
};

type Case = [name: string, bill: Partial<BillRow>, ours: Ours, found: FindingKind | undefined];
const unpaid = { ...paid, transaction_id: null, trade_state: '0' } as const;
const late = { payment: { ...paid, trade_state: '2' }, misplaced: { total_fee: 5_990 } } as const;
const second = { payment: { ...paid, transaction_id: '4200' }, misplaced: { total_fee: 5_990 } };

const payments: Case[] = [
  ['paid on both sides', {}, { payment: paid }, undefined],
  ['refunded since', {}, { payment: { ...paid, trade_state: '3' } }, undefined],
  ['of a free coupon, settled with less', { settlement_fee: 1 }, { payment: paid }, undefined],
  ['of nobody here', {}, {}, 'CHANNEL_ONLY'],
  ['unpaid here', {}, { payment: unpaid }, 'STATE'],
  ['closed here', {}, { payment: { ...unpaid, trade_state: '2' } }, 'STATE'],
  ['closed, its money not on its way back', {}, { payment: late.payment }, 'STATE'],
  ['closed, its money on its way back', {}, late, undefined],
  ['closed, another amount on its way back', { fee: 1 }, late, 'AMOUNT'],
  ['one fen more', { fee: 5_991 }, { payment: paid }, 'AMOUNT'],
  ['one fen less, unpaid here', { fee: 5_989 }, { payment: unpaid }, 'AMOUNT'],
  ['in another currency', { fee_type: 'USD' }, { payment: paid }, 'AMOUNT'],
  ['by another transaction', { transaction_id: '4202' }, { payment: paid }, 'TRANSACTION'],
  [
    'by another, of another amount',
    { transaction_id: '1', fee: 1 },
    { payment: paid },
    'TRANSACTION',
  ],
  ['a second time, on its way back', {}, second, undefined],
  ['neither paid nor refunded', { type: 'other', state: 'REVOKED' }, {}, undefined],
];
const refunds: Case[] = [
  ['on both sides', {}, { refund: back }, undefined],
  ['of nobody here', {}, {}, 'REFUND_CHANNEL_ONLY'],
  ['of another amount', { fee: 301 }, { refund: back }, 'REFUND_AMOUNT'],
  ['of another transaction', { transaction_id: '4202' }, { refund: back }, 'TRANSACTION'],
  ['of another payment', { out_trade_no: '1002' }, { refund: back }, 'TRANSACTION'],
  ['with another number of WeChat', { refund_id: '5002' }, { refund: back }, 'TRANSACTION'],
  ['whose number we never heard', {}, { refund: { ...back, refund_id: null } }, undefined],
];
/** What the bill says of a refund, what we say, and what that is. */
const ends: [there: string, here: OurRefund['status'], found: FindingKind | undefined][] = [
  ['SUCCESS', 'SUCCESS', undefined],
  ['SUCCESS', 'PROCESSING', 'REFUND_PENDING'],
  ['SUCCESS', 'REFUNDCLOSE', 'REFUND_FAILED'],
  ['SUCCESS', 'CHANGE', 'REFUND_FAILED'],
  ['PROCESSING', 'SUCCESS', 'REFUND_PENDING'],
  ['PROCESSING', 'PROCESSING', 'REFUND_PENDING'],
  ['PROCESSING', 'REFUNDCLOSE', 'REFUND_PENDING'],
  ['PROCESSING', 'CHANGE', 'REFUND_PENDING'],
  ['FAIL', 'SUCCESS', 'REFUND_FAILED'],
  ['FAIL', 'PROCESSING', 'REFUND_FAILED'],
  ['FAIL', 'REFUNDCLOSE', undefined],
  ['CHANGE', 'SUCCESS', 'REFUND_FAILED'],
  ['CHANGE', 'PROCESSING', 'REFUND_FAILED'],
  ['CHANGE', 'CHANGE', undefined],
];

for (const [name, bill, ours, found] of payments) {
  test(`a payment ${name}: ${found ?? 'nothing is found'}`, () => {
    assert.equal(findingOf({ ...paidRow, ...bill }, ours), found);
  });
}
for (const [name, bill, ours, found] of refunds) {
  test(`a refund ${name}: ${found ?? 'nothing is found'}`, () => {
    assert.equal(findingOf({ ...backRow, ...bill }, ours), found);
  });
}
for (const [state, status, found] of ends) {
  test(`a refund that is ${state} there and ${status} here: ${found ?? 'nothing'}`, () => {
    assert.equal(findingOf({ ...backRow, state }, { refund: { ...back, status } }), found);
  });
}
