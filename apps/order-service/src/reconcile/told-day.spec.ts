import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { type Finding, reconciliations } from '@saoma/contracts/reconciliations';
import { createLog, useNestLog } from '@saoma/platform/log';
import { Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { exitOf, linesOf, ReconciliationClient, reconciled, type ToldDay } from './told-day';

const day = '2026-11-24';
const finding: Finding = {
  ...{ kind: 'LOCAL_ONLY', out_trade_no: '77', out_refund_no: null, bill: null },
  ours: {
    ...{ type: 'payment', time: null, transaction_id: '42', out_trade_no: '77' },
    ...{ refund_id: null, out_refund_no: null, fee: 5_990, state: 'SUCCESS' },
  },
  done: 'WeChat confirms it when it is asked',
  ended: null,
};
const aDay = (some: Partial<ToldDay>): ToldDay => ({
  ...{ day, state: 'MATCHED', bill_hash: null, rows: 0, totals: null, fundflow: null },
  ...{ compared: true, under_way: false, reason: null, findings: [], cursor: null, ...some },
});

/** An order service that tells of a day what comes next each time it is asked. */
async function aService(t: test.TestContext, tells: readonly (() => ToldDay)[]) {
  useNestLog(createLog('spec', 'silent'));
  const asked: (string | null)[] = [];
  const handlers = {
    reconcile: () => ({}),
    getReconciliation: ({ cursor }: { cursor: string | null }) => {
      asked.push(cursor);
      return (tells[asked.length - 1] ?? tells.at(-1))?.();
    },
  };
  const peer = new Peer(reconciliations, handlers, await freePort());
  await peer.start();
  const client = new ReconciliationClient({ host: '127.0.0.1', port: peer.port });
  t.after(async () => {
    client.onApplicationShutdown();
    await peer.stop();
  });
  return { client, asked };
}

const patience = { waitMsMax: 60_000, findingsMax: 2 };

test('a day is waited for until it is compared, also through an outage', async (t) => {
  const wanted = aDay({ state: 'DIFFERENT', under_way: true });
  const { client, asked } = await aService(t, [
    () => wanted,
    () => {
      throw new AppError('service/unavailable');
    },
    // What had been refused is whole, and is judged in the next moment.
    () => aDay({ state: 'REFUSED' }),
    () => aDay({ state: 'DIFFERENT', findings: [finding], cursor: '5' }),
    () => aDay({ state: 'DIFFERENT', findings: [finding], cursor: '6' }),
  ]);
  const told = await reconciled(client, day, patience);
  assert.deepEqual([told.findings.length, told.cursor], [2, '6']);
  // A call that is repeatable is made again by itself.
  assert.deepEqual(asked.slice(-2), [null, '5']);
});

test('a day is waited for so long, and what is there then is told', async (t) => {
  const { client } = await aService(t, [() => aDay({ under_way: true })]);
  const told = await reconciled(client, day, { ...patience, waitMsMax: 0 });
  assert.deepEqual([told.under_way, exitOf(told)], [true, 3]);
});

test('a day whose bill WeChat has no more is not waited for', async (t) => {
  const { client, asked } = await aService(t, [
    () => aDay({ state: 'WAITING', compared: false }),
    () => aDay({ state: 'MATCHED' }),
  ]);
  const told = await reconciled(client, day, patience);
  assert.deepEqual([told.state, exitOf(told), asked.length], ['WAITING', 3, 1]);
});

const totals = {
  ...{ rows: 3, order_fee: 700, refund_fee: 200, settlement_fee: 700 },
  ...{ settlement_refund_fee: 200, coupon_refund_fee: 0, service_fee: 4 },
};
const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
const inDollars: Finding = {
  ...{ ...finding, kind: 'AMOUNT', done: '' },
  bill: {
    ...{ type: 'payment', time: `${day}T10:00:00+08:00`, transaction_id: '42', out_trade_no: '77' },
    ...{ trade_type: 'NATIVE', refund_id: null, out_refund_no: null, fee: 5_990 },
    ...{ settlement_fee: 5_990, coupon_fee: 0, state: 'SUCCESS', service_fee: 0, fee_type: 'USD' },
  },
};
const cases: [some: Partial<ToldDay>, exit: number, lines: readonly string[]][] = [
  [{ state: 'NO_BILL' }, 0, ['2026-11-24  NO_BILL', 'found: 0']],
  [
    { bill_hash, rows: 3, totals },
    0,
    [
      '2026-11-24  MATCHED',
      'bill: 3 rows, 700 fen paid, 200 fen refunded, 4 fen of fees',
      `SHA1: ${bill_hash}`,
      'found: 0',
    ],
  ],
  [
    { state: 'DIFFERENT', findings: [finding], cursor: '9' },
    1,
    [
      '2026-11-24  DIFFERENT',
      '  LOCAL_ONLY 77  here: 5990 fen SUCCESS; WeChat confirms it when it is asked',
      'found: 1 and more: see the console',
    ],
  ],
  [
    { findings: [{ ...finding, ended: `the bill of ${day} has it: SHA1 ${bill_hash}` }] },
    0,
    [
      '2026-11-24  MATCHED',
      '  LOCAL_ONLY 77  here: 5990 fen SUCCESS; WeChat confirms it when it is asked; ' +
        `over: the bill of ${day} has it: SHA1 ${bill_hash}`,
      'found: 0',
    ],
  ],
  [
    { state: 'REFUSED', under_way: true, reason: 'it is cut' },
    1,
    ['2026-11-24  REFUSED', 'why: it is cut', 'found: 0'],
  ],
  [
    { state: 'REFUSED', under_way: true, bill_hash, rows: 3, totals, reason: 'it is cut' },
    1,
    [
      '2026-11-24  REFUSED',
      'bill before: 3 rows, 700 fen paid, 200 fen refunded, 4 fen of fees',
      `SHA1 before: ${bill_hash}`,
      'why: it is cut',
      'found: 0',
    ],
  ],
  [
    { under_way: true, bill_hash, rows: 3, reason: 'HTTP 502' },
    3,
    [
      '2026-11-24  WAITING',
      'bill before: 3 rows',
      `SHA1 before: ${bill_hash}`,
      'why: HTTP 502',
      'found: 0',
      'It is not compared yet, and goes on by itself: ask again later.',
    ],
  ],
  [
    { state: 'WAITING', under_way: true, compared: false, bill_hash, rows: 3 },
    3,
    [
      '2026-11-24  WAITING',
      'bill: 3 rows',
      `SHA1: ${bill_hash}`,
      'found: 0',
      'It is not compared yet, and goes on by itself: ask again later.',
    ],
  ],
  [
    { state: 'WAITING', compared: false, reason: 'HTTP 502' },
    3,
    [
      '2026-11-24  WAITING',
      'why: HTTP 502',
      'found: 0',
      'It was not compared to its end, and WeChat gives out no bill of it any more.',
    ],
  ],
  [
    { state: 'DIFFERENT', findings: [inDollars] },
    1,
    [
      '2026-11-24  DIFFERENT',
      '  AMOUNT 77  bill: 5990 fen (USD) SUCCESS; here: 5990 fen SUCCESS',
      'found: 1',
    ],
  ],
  [
    { state: 'MATCHED', under_way: true, reason: 'WeChat is still making it' },
    3,
    [
      '2026-11-24  WAITING',
      'why: WeChat is still making it',
      'found: 0',
      'It is not compared yet, and goes on by itself: ask again later.',
    ],
  ],
];
for (const [some, exit, lines] of cases) {
  const told = aDay(some);
  test(`${lines[0]} ends with ${exit}, and is told in lines`, () => {
    assert.deepEqual([exitOf(told), linesOf(told)], [exit, lines]);
  });
}
