import assert from 'node:assert/strict';
import test from 'node:test';
import { RefundRow } from '../ledger/refund.entity';
import { type Answers, isUnasked, type Move, moveOf, nextTurn } from './refund-move';
import type { Told } from './refund-room';

const aRefund = (differs: Partial<RefundRow> = {}): RefundRow => {
  const begun = RefundRow.begun({
    out_refund_no: '1001-op-1',
    out_trade_no: '1001',
    transaction_id: '4200000001202611250000000001',
    total_fee: 6_810,
    refund_fee: 1_000,
    reason: 'broken',
    cause: 'operator',
  });
  return Object.assign(begun, differs);
};
const err_code_des = '原因';
const no = (err_code: string) => ({ outcome: 'no', err_code, err_code_des }) as const;
const silent = { outcome: 'unknown', reason: 'time-out' } as const;
const accepted = { outcome: 'success', refund_id: '50000000001' } as const;
const is = (refund_status: RefundRow['status'], refund_fee = 1_000): Told => ({
  outcome: 'success',
  refund_status,
  refund_fee,
  refund_id: '50000000001',
  money: null,
});
const succeeded: Move = { is: 'succeeded', refund_fee: 1_000 };
const success_time = '2026-09-30T10:31:08+08:00';
const waiting: Move = { is: 'waiting' };
const unknown: Move = { is: 'unknown', why: 'time-out' };
const refused = (err_code: string): Move => ({ is: 'refused', err_code, err_code_des });
const final = (why: string): Move => ({ is: 'closed', why, err_code_des });
const closed = (why: string): Move => ({ is: 'closed', why });

const underWay: readonly (readonly [Answers, Move])[] = [
  [{ request: accepted }, { is: 'accepted', refund_id: '50000000001' }],
  [{ query: is('PROCESSING') }, waiting],
  [{ query: is('SUCCESS') }, succeeded],
  [{ query: { ...is('SUCCESS'), success_time } }, { ...succeeded, success_time }],
  [{ query: is('REFUNDCLOSE') }, closed('REFUNDCLOSE')],
  [{ query: is('CHANGE') }, { is: 'changed' }],
  [{ query: is('SUCCESS', 999) }, { is: 'other-amount', told_fee: 999 }],
  [{ query: is('PROCESSING', 1_001) }, { is: 'other-amount', told_fee: 1_001 }],
  [{ query: no('REFUNDNOTEXIST') }, waiting],
  [{ query: silent }, unknown],
  // Nobody knows whether the request was carried out: what the query says counts.
  [{ request: silent, query: is('SUCCESS') }, succeeded],
  [{ request: silent, query: no('REFUNDNOTEXIST') }, unknown],
  [{ request: silent, query: silent }, unknown],
  // A "no" to the request is final only when WeChat does not know the refund.
  [{ request: no('ERROR'), query: is('SUCCESS') }, succeeded],
  [{ request: no('ERROR'), query: is('PROCESSING') }, waiting],
  [{ request: no('ERROR'), query: no('REFUNDNOTEXIST') }, final('ERROR')],
  [{ request: no('TRADE_OVERDUE'), query: no('REFUNDNOTEXIST') }, final('TRADE_OVERDUE')],
  [{ request: no('INVALID_REQUEST'), query: no('REFUNDNOTEXIST') }, final('INVALID_REQUEST')],
  [{ request: no('INVALID_REQUEST'), query: is('SUCCESS') }, succeeded],
  [{ request: no('INVALID_REQUEST'), query: silent }, refused('INVALID_REQUEST')],
  [{ request: no('ERROR'), query: no('SIGNERROR') }, refused('ERROR')],
  [{ request: no('ERROR'), query: silent }, refused('ERROR')],
  [{ request: no('NOTENOUGH'), query: no('REFUNDNOTEXIST') }, refused('NOTENOUGH')],
];

test('what WeChat’s answers make of a refund that is under way', () => {
  for (const [answers, move] of underWay) assert.deepEqual(moveOf(aRefund(), answers), move);
});

test('a refund that has ended moves no more; that it went back after all is told', () => {
  for (const status of ['REFUNDCLOSE', 'CHANGE'] as const) {
    const ended = aRefund({ status });
    assert.deepEqual(moveOf(ended, { query: is('SUCCESS') }), { is: 'after-close' });
    for (const query of [is('PROCESSING'), is('REFUNDCLOSE'), is('CHANGE')]) {
      assert.deepEqual(moveOf(ended, { query }), waiting);
    }
    assert.deepEqual(moveOf(ended, { query: silent }), unknown);
  }
  assert.deepEqual(moveOf(aRefund({ status: 'SUCCESS' }), { query: is('SUCCESS') }), waiting);
});

test('WeChat is asked for a refund until it has accepted it', () => {
  assert.equal(isUnasked(aRefund()), true);
  assert.equal(isUnasked(aRefund({ accept_time: new Date() })), false);
  assert.equal(isUnasked(aRefund({ status: 'REFUNDCLOSE' })), false);
});

test('the pause grows with a refund’s age up to ten minutes; an end has no next turn', (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const pace = { QUERY_INTERVAL_MS: 3_000 };
  const pauseMs = (ageMs: number, move: Move) => {
    const row = aRefund({ create_time: new Date(Date.now() - ageMs) });
    const next = nextTurn(row, move, pace);
    return next && next.getTime() - Date.now();
  };
  const day = 86_400_000;
  for (const move of [waiting, unknown, { is: 'queued' } as const, refused('NOTENOUGH')]) {
    assert.equal(pauseMs(0, move), 3_000);
    assert.equal(pauseMs(100_000, move), 10_000);
    assert.equal(pauseMs(day, move), 600_000);
  }
  assert.equal(pauseMs(day, { is: 'accepted', refund_id: '1' }), 3_000);
  const until = new Date(1);
  assert.equal(nextTurn(aRefund(), { is: 'queued', until }, pace), until);
  const ends: Move[] = [succeeded, closed('ERROR'), { is: 'changed' }];
  for (const move of [...ends, { is: 'other-amount', told_fee: 1 } as const]) {
    assert.equal(pauseMs(day, move), null);
  }
});
