import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden } from '../spec-kit';
import { readRefunded } from './refunded';
import { xmlToMap } from './xml';

const ours = 'R20260930-0001';
const outcomeOf = (fields: Record<string, string>) =>
  readRefunded(new Map(Object.entries(fields)), ours).outcome;
const one = {
  out_refund_no_0: ours,
  refund_id_0: '50300002342026093012345678901',
  refund_fee_0: '1',
  refund_status_0: 'SUCCESS',
};

test('G19 is read for what it is', () => {
  assert.deepEqual(readRefunded(xmlToMap(golden('G19')), ours), {
    outcome: 'success',
    refund_status: 'SUCCESS',
    refund_fee: 1,
    refund_id: '50300002342026093012345678901',
    money: {
      out_trade_no: '20260930T101500-0001',
      transaction_id: '4200002345202609306543210987',
      total_fee: 101,
    },
    success_time: '2026-09-30T10:31:08+08:00',
  });
});

test('what is no time is as good as missing', () => {
  for (const time of ['', '2026-02-30 10:31:08', '2026-09-30', 'yesterday']) {
    const fields = new Map(Object.entries({ ...one, refund_success_time_0: time }));
    const read = readRefunded(fields, ours);
    assert.ok(read.outcome === 'success' && !('success_time' in read), time);
  }
});

test('of several refunds ours is read, wherever it stands', () => {
  const fields: Record<string, string> = { refund_fee: '57', refund_count: '12' };
  for (let n = 0; n < 12; n += 1) {
    fields[`out_refund_no_${n}`] = n === 10 ? ours : `R-${n}`;
    fields[`refund_id_${n}`] = `5000${n}`;
    fields[`refund_fee_${n}`] = String(n);
    fields[`refund_status_${n}`] = n === 10 ? 'PROCESSING' : 'SUCCESS';
  }
  assert.deepEqual(readRefunded(new Map(Object.entries(fields)), ours), {
    outcome: 'success',
    refund_status: 'PROCESSING',
    refund_fee: 10,
    refund_id: '500010',
    money: null,
  });
});

test('each word of WeChat for a refund is passed on, and an unknown one is unknown', () => {
  for (const word of ['PROCESSING', 'SUCCESS', 'REFUNDCLOSE', 'CHANGE']) {
    const read = readRefunded(new Map(Object.entries({ ...one, refund_status_0: word })), ours);
    assert.equal('refund_status' in read && read.refund_status, word);
  }
  for (const word of ['', 'success', 'FAIL', 'CLOSED']) {
    assert.equal(outcomeOf({ ...one, refund_status_0: word }), 'unknown', word);
  }
});

test('an answer that is not about our refund alone, or only half about it, is unknown', () => {
  assert.equal(outcomeOf(one), 'success');
  assert.equal(outcomeOf({}), 'unknown');
  assert.equal(outcomeOf({ ...one, out_refund_no_0: 'R20260930-0002' }), 'unknown');
  assert.equal(outcomeOf({ ...one, out_refund_no_0: '', out_refund_no: ours }), 'unknown');
  assert.equal(outcomeOf({ ...one, out_refund_no_1: ours }), 'unknown', 'ours twice');
  assert.equal(outcomeOf({ ...one, refund_id_0: '' }), 'unknown');
  for (const refund_fee_0 of ['', '1.00', '-1', '1e2', '01']) {
    assert.equal(outcomeOf({ ...one, refund_fee_0 }), 'unknown', refund_fee_0);
  }
});
