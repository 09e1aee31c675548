import assert from 'node:assert/strict';
import test from 'node:test';
import { isOthers, toldOf, type Verdict, verdictOf, verdictOfClose } from './verdict';

type Queried = Parameters<typeof verdictOf>[0];
type Closed = Parameters<typeof verdictOfClose>[0];

const paid = {
  out_trade_no: '1001',
  transaction_id: '4200000001202611250000000001',
  total_fee: 6_810,
  fee_type: 'CNY',
  pay_time: '2026-11-25T12:00:00+08:00',
};
const money = { is: 'money', paid, isRefunded: false } as const;
const says = (trade_state: string): Queried => ({ outcome: 'success', trade_state, paid: null });
const no = (err_code: string) => ({ outcome: 'no', err_code, err_code_des: '' }) as const;
const silent = { outcome: 'unknown', reason: 'time-out' } as const;
const alive = (state: string): Verdict => ({ is: 'alive', state });
const dead = (why: string): Verdict => ({ is: 'dead', why });
const undecided = (why: string): Verdict => ({ is: 'undecided', why });
const refused = (err_code: string, why = err_code): Verdict => ({
  is: 'undecided',
  why,
  no: no(err_code),
});

const queried: readonly (readonly [Queried, Verdict, told: string])[] = [
  [{ outcome: 'success', trade_state: 'SUCCESS', paid }, money, 'other money'],
  [
    { outcome: 'success', trade_state: 'REFUND', paid },
    { ...money, isRefunded: true },
    'other money',
  ],
  // A word that nobody knows does not hide money that can be read.
  [{ outcome: 'success', trade_state: '支付中', paid }, money, 'other money'],
  [says('SUCCESS'), { is: 'unreadable', state: 'SUCCESS' }, 'SUCCESS, unreadable'],
  [says('REFUND'), { is: 'unreadable', state: 'REFUND' }, 'REFUND, unreadable'],
  [says('CLOSED'), dead('CLOSED'), 'CLOSED'],
  [says('REVOKED'), dead('REVOKED'), 'REVOKED'],
  [says('NOTPAY'), alive('NOTPAY'), 'NOTPAY'],
  [says('USERPAYING'), alive('USERPAYING'), 'USERPAYING'],
  [says('PAYERROR'), alive('PAYERROR'), 'PAYERROR'],
  [says('ACCEPT'), alive('ACCEPT'), 'ACCEPT'],
  [says('success'), undecided('success'), 'success'],
  [says('SETTLING'), undecided('SETTLING'), 'SETTLING'],
  [says(''), undecided(''), ''],
  [no('ORDERNOTEXIST'), { is: 'absent' }, 'ORDERNOTEXIST'],
  [no('SIGNERROR'), refused('SIGNERROR'), 'SIGNERROR'],
  // A state's word as an error's is no state.
  [no('NOTPAY'), refused('NOTPAY'), 'NOTPAY'],
  [no('CLOSED'), refused('CLOSED'), 'CLOSED'],
  [silent, { is: 'unknown', why: 'unknown: time-out' }, 'unknown: time-out'],
];

test('what the answer to a query means, and what is told of it', () => {
  for (const [answer, verdict, told] of queried) {
    assert.deepEqual(verdictOf(answer), verdict);
    assert.equal(toldOf(verdict), told);
  }
});

test('of all that is told only one thing means that the payment is another merchant’s', () => {
  const others = verdictOf({ ...silent, other_account: true });
  assert.equal(others.is, 'unknown');
  assert.ok(isOthers(toldOf(others)));
  for (const [, , told] of queried) assert.ok(!isOthers(told), told);
  assert.ok(!isOthers(null));
});

const absent: Verdict = { is: 'absent' };
const closed: readonly (readonly [Closed, before: Verdict, ReturnType<typeof verdictOfClose>])[] = [
  [{ outcome: 'success' }, alive('NOTPAY'), dead('closed by us')],
  [{ outcome: 'success' }, absent, dead('closed by us')],
  [no('ORDERCLOSED'), alive('NOTPAY'), dead('ORDERCLOSED')],
  [no('ORDERCLOSED'), absent, dead('ORDERCLOSED')],
  // That it knows no such number counts when it says so twice.
  [no('ORDERNOTEXIST'), absent, dead('ORDERNOTEXIST')],
  [no('ORDERNOTEXIST'), alive('NOTPAY'), refused('ORDERNOTEXIST', 'close: ORDERNOTEXIST')],
  [no('ORDERPAID'), alive('NOTPAY'), { is: 'overtaken' }],
  [no('ORDERPAID'), absent, { is: 'overtaken' }],
  [no('SIGNERROR'), alive('NOTPAY'), refused('SIGNERROR', 'close: SIGNERROR')],
  [silent, alive('NOTPAY'), { is: 'unknown', why: 'close: time-out' }],
];

test('what the answer to a close means after what the query said', () => {
  for (const [answer, before, verdict] of closed) {
    assert.deepEqual(verdictOfClose(answer, before), verdict);
  }
});

test('what is told is at most 64 characters, none of them cut in two', () => {
  assert.equal(toldOf(undecided('𠮷'.repeat(65))), '𠮷'.repeat(64));
});
