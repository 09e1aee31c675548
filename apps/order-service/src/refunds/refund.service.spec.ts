import assert from 'node:assert/strict';
import test from 'node:test';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { RefundRow } from '../ledger/refund.entity';
import { OperatorService } from '../operator/operator.service';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { RefundService } from './refund.service';
import { RefundBook } from './refund-book';
import { RefundRun } from './refund-run';

onEachDatabase('refunds', (bench) => {
  let room: OrderRoom;
  let keys = 0;

  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  const aPaidPayment = async () => {
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    return out_trade_no;
  };
  const refund = (out_trade_no: string, refund_fee: number, change: object = {}) => {
    keys += 1;
    const command = { user_id: 'op', out_trade_no, refund_fee, reason: 'broken' };
    return room
      .get(RefundService)
      .refundPayment({ ...command, idempotency_key: `key-${keys}`, ...change });
  };
  /** Several clicks at once, whose answers must be one. */
  const clicks = async (out_trade_no: string, refund_fee: number, same: object) => {
    const click = () => refund(out_trade_no, refund_fee, same);
    const told = await Promise.all(Array.from({ length: 5 }, click));
    for (const one of told) assert.deepEqual(one, told[0]);
  };
  const row = (out_refund_no: string) =>
    room.database.statements((manager) => manager.findOneByOrFail(RefundRow, { out_refund_no }));
  /** Here nobody answers for WeChat: that nothing is known is what shows that it was asked. */
  const isAsked = async ({ out_refund_no }: RefundRow) =>
    (await row(out_refund_no)).unknown_time !== null;
  const kinds = async (out_trade_no: string) => {
    const rows = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    return rows.map(({ kind }) => kind);
  };

  test('however many ask at once, never more goes back than was paid', async () => {
    const out_trade_no = await aPaidPayment();
    const told = await Promise.allSettled(
      Array.from({ length: 20 }, () => refund(out_trade_no, 1_000)),
    );
    const made = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = told.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    assert.equal(made.length, 6);
    assert.deepEqual(new Set(refused), new Set(['refund/too-much']));
    assert.equal(new Set(made.map(({ out_refund_no }) => out_refund_no)).size, 6);
    assert.equal((await room.payLog(out_trade_no)).reserved_fee, 6_000);
    assert.equal((await refund(out_trade_no, 810)).refund_fee, 810);
  });

  test('one key is one refund, also twice at once; another body under it is refused', async () => {
    const out_trade_no = await aPaidPayment();
    const same = { idempotency_key: `same-${out_trade_no}` };
    await clicks(out_trade_no, 100, same);
    assert.equal((await room.payLog(out_trade_no)).reserved_fee, 100);
    await assert.rejects(refund(out_trade_no, 200, same), { code: 'idempotency/key-reused' });
    const first = await refund(out_trade_no, 100, same);
    const succeeded = { is: 'succeeded', refund_fee: 100 } as const;
    await room.get(RefundBook).write(await row(first.out_refund_no), succeeded);
    assert.deepEqual(await refund(out_trade_no, 100, same), first);
  });

  test('a double click on the whole payment is one refund', async () => {
    const out_trade_no = await aPaidPayment();
    const same = { idempotency_key: `whole-${out_trade_no}` };
    await clicks(out_trade_no, 6_810, same);
  });

  test('second transactions neither take an operator’s numbers nor count as parts', async () => {
    const out_trade_no = await aPaidPayment();
    const settlement = room.get(Settlement);
    const ids = ['1', 'op1', ...Array.from({ length: 49 }, (_, number) => `S${keys}T${number}`)];
    for (const transaction_id of ids) {
      const second = { ...money(out_trade_no), transaction_id };
      assert.equal(await settlement.updateOrderStatus(second, 'notice'), 'recorded');
    }
    assert.equal((await refund(out_trade_no, 1)).out_refund_no, `${out_trade_no}-op-1`);
  });

  test('only paid payments are refunded', async () => {
    const unpaid = await room.checkout();
    await assert.rejects(refund(unpaid.out_trade_no, 1), { code: 'payment/not-paid' });
    await room.get(Settlement).closeOrders(unpaid.out_trade_no, 'closed by us');
    await assert.rejects(refund(unpaid.out_trade_no, 1), { code: 'payment/not-paid' });
    await assert.rejects(refund('1', 1), { code: 'payment/not-found' });
  });

  test('a success counts once and since when WeChat says, and the payment shows it', async () => {
    const out_trade_no = await aPaidPayment();
    const { out_refund_no } = await refund(out_trade_no, 1_000);
    const before = await row(out_refund_no);
    const book = room.get(RefundBook);
    const success_time = '2026-09-30T10:31:08+08:00';
    const succeeded = { is: 'succeeded', refund_fee: 1_000, success_time } as const;
    await Promise.all([book.write(before, succeeded), book.write(before, succeeded)]);
    const payLog = await room.payLog(out_trade_no);
    assert.equal(payLog.trade_state, '3');
    assert.equal(payLog.refund_fee, 1_000);
    const after = await row(out_refund_no);
    assert.equal(after.status, 'SUCCESS');
    assert.deepEqual(after.success_time, new Date(success_time), 'not when we heard of it');
    await book.write(before, { is: 'closed', why: 'REFUNDCLOSE' });
    assert.equal((await row(out_refund_no)).status, 'SUCCESS');
  });

  test('what is unknown for an hour is an operator’s, once; a known answer ends it', async () => {
    const out_trade_no = await aPaidPayment();
    const { out_refund_no } = await refund(out_trade_no, 1_000);
    const hourMs = 3_600_000;
    const since = (unknown_time: Date) =>
      room.database.statements((m) => m.update(RefundRow, { out_refund_no }, { unknown_time }));
    // The pay service is away: nobody knows more of WeChat than if that were away.
    const asked = async () => {
      await room.get(RefundRun).carryOn(await row(out_refund_no));
      return row(out_refund_no);
    };
    const begun = (await asked()).unknown_time;
    assert.ok(begun && Math.abs(Date.now() - begun.getTime()) < 60_000);
    const almost = new Date(Date.now() - hourMs + 60_000);
    await since(almost);
    assert.deepEqual((await asked()).unknown_time, almost);
    await since(new Date(Date.now() + 8 * hourMs));
    assert.ok(Number((await asked()).unknown_time) <= Date.now(), 'the clock was set back');
    assert.deepEqual(await kinds(out_trade_no), []);
    await since(new Date(Date.now() - hourMs));
    for (let times = 0; times < 2; times += 1) await asked();
    assert.deepEqual(await kinds(out_trade_no), ['refund-lasting-unknown']);
    const [told] = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    assert.equal(told?.err_code_des, 'the pay service is away');
    const book = room.get(RefundBook);
    await book.write(await row(out_refund_no), { is: 'queued' });
    assert.notEqual((await row(out_refund_no)).unknown_time, null);
    await book.write(await row(out_refund_no), { is: 'waiting' });
    assert.equal((await row(out_refund_no)).unknown_time, null);
  });

  test('a refund that WeChat closed can be wished again, and an operator hears of it', async () => {
    const out_trade_no = await aPaidPayment();
    const { out_refund_no } = await refund(out_trade_no, 6_810);
    const closed = { is: 'closed', why: 'REFUNDCLOSE' } as const;
    await room.get(RefundBook).write(await row(out_refund_no), closed);
    assert.equal((await row(out_refund_no)).status, 'REFUNDCLOSE');
    assert.deepEqual(await kinds(out_trade_no), ['refund-closed']);
    const again = await refund(out_trade_no, 6_810);
    assert.notEqual(again.out_refund_no, out_refund_no);
  });

  test('a refusal that was resolved too early is open again, and so is its end', async () => {
    const out_trade_no = await aPaidPayment();
    const first = await row((await refund(out_trade_no, 6_810)).out_refund_no);
    const book = room.get(RefundBook);
    const open = async () => {
      const rows = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
      return rows.filter(({ state }) => state === 'OPEN').map(({ kind }) => kind);
    };
    const resolveAll = async () => {
      const rows = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
      for (const { anomaly_id } of rows) {
        await room
          .get(OperatorService)
          .resolveAnomaly({ user_id: 'op', anomaly_id, note: 'topped up' });
      }
    };
    const no = { err_code: 'NOTENOUGH', err_code_des: '基本账户余额不足' };
    const refused = { is: 'refused', ...no } as const;
    await book.write(first, refused);
    assert.deepEqual(await open(), ['refund-refused']);
    const [told] = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    assert.deepEqual({ ...told, ...no }, { ...told });
    const news = { out_trade_no, kind: 'refund.refused' } as const;
    const [event] = await room.database.statements((m) => m.findBy(PayEventRow, news));
    assert.equal(JSON.parse(event?.detail ?? '{}').err_code_des, no.err_code_des);
    await resolveAll();
    assert.deepEqual(await open(), []);
    await book.write(first, refused);
    assert.deepEqual(await open(), ['refund-refused']);
    await resolveAll();
    await book.write(first, { is: 'closed', why: 'ERROR' });
    assert.deepEqual(await open(), ['refund-closed']);
  });

  test('what WeChat refused or could not say ends by itself when it is known', async () => {
    const book = room.get(RefundBook);
    const out_trade_no = await aPaidPayment();
    const states = async () => {
      const rows = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
      return Object.fromEntries(rows.map(({ kind, state, note }) => [kind, `${state} ${note}`]));
    };
    const { out_refund_no } = await refund(out_trade_no, 10);
    await book.write(await row(out_refund_no), {
      ...{ is: 'refused', err_code: 'NOTENOUGH', err_code_des: '基本账户余额不足' },
    });
    const unknown_time = new Date(Date.now() - 3_600_000);
    await room.database.statements((m) => m.update(RefundRow, { out_refund_no }, { unknown_time }));
    await book.write(await row(out_refund_no), { is: 'unknown', why: 'HTTP 502' });
    const both = { 'refund-refused': 'OPEN ', 'refund-lasting-unknown': 'OPEN ' };
    assert.deepEqual(await states(), both);
    await book.write(await row(out_refund_no), { is: 'accepted', refund_id: '50000000009' });
    assert.deepEqual(await states(), {
      'refund-refused': 'RESOLVED refund.accepted',
      'refund-lasting-unknown': 'RESOLVED known again: accepted',
    });
  });

  test('a refund is accepted once, however many hear of it', async () => {
    const out_trade_no = await aPaidPayment();
    const first = await row((await refund(out_trade_no, 10)).out_refund_no);
    const book = room.get(RefundBook);
    const accepted = { is: 'accepted', refund_id: '50000000001' } as const;
    await Promise.all([1, 2, 3].map(() => book.write(first, accepted)));
    const events = await room.database.statements((m) => m.findBy(PayEventRow, { out_trade_no }));
    assert.equal(events.filter(({ kind }) => kind === 'refund.accepted').length, 1);
  });

  test('money left with the merchant (CHANGE) is the operator’s, not refunded again', async () => {
    const out_trade_no = await aPaidPayment();
    const { out_refund_no } = await refund(out_trade_no, 6_810);
    await room.get(RefundBook).write(await row(out_refund_no), { is: 'changed' });
    assert.equal((await row(out_refund_no)).status, 'CHANGE');
    assert.deepEqual(await kinds(out_trade_no), ['refund-changed']);
    await assert.rejects(refund(out_trade_no, 1), { detail: /^0 fen .*; 6810 fen are asked for/ });
  });

  test('a refund waits for the one before it, but not for one that an operator has', async () => {
    const out_trade_no = await aPaidPayment();
    const first = await refund(out_trade_no, 1_000);
    const second = await row((await refund(out_trade_no, 2_000)).out_refund_no);
    const run = room.get(RefundRun);
    await run.carryOn(second);
    assert.equal(await isAsked(second), false);
    const other = { is: 'other-amount', told_fee: 6_810 } as const;
    await room.get(RefundBook).write(await row(first.out_refund_no), other);
    await run.carryOn(second);
    assert.equal(await isAsked(second), true);
  });

  test('a refund that a clock ahead has accepted keeps no other one waiting', async () => {
    const out_trade_no = await aPaidPayment();
    const first = await row((await refund(out_trade_no, 1_000)).out_refund_no);
    const second = await row((await refund(out_trade_no, 2_000)).out_refund_no);
    await room.get(RefundBook).write(first, { is: 'accepted', refund_id: '1' });
    const accepted = async (accept_time: Date) => {
      const { out_refund_no } = first;
      await room.database.statements((m) =>
        m.update(RefundRow, { out_refund_no }, { accept_time }),
      );
    };
    const run = room.get(RefundRun);
    await run.carryOn(second);
    assert.equal(await isAsked(second), false);
    await accepted(new Date(Date.now() + 8 * 3_600_000));
    await run.carryOn(second);
    assert.equal(await isAsked(second), true);
  });

  test('a payment that was closed unpaid stays closed when late money has gone back', async () => {
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
    const paid = money(out_trade_no);
    await room.get(Settlement).updateOrderStatus(paid, 'notice');
    const succeeded = { is: 'succeeded', refund_fee: 6_810 } as const;
    const book = room.get(RefundBook);
    await book.write(await row(`${out_trade_no}-${paid.transaction_id}`), succeeded);
    const payLog = await room.payLog(out_trade_no);
    assert.equal(payLog.trade_state, '2');
    assert.equal(payLog.transaction_id, paid.transaction_id);
    assert.equal(payLog.refund_fee, 6_810);
    await assert.rejects(refund(out_trade_no, 1), { code: 'payment/not-paid' });
    // Told of again, the same money goes back once; another transaction goes back as well.
    await room.get(Settlement).updateOrderStatus(paid, 'query');
    const second = money(out_trade_no);
    await room.get(Settlement).updateOrderStatus(second, 'notice');
    const rows = await room.database.statements((m) => m.findBy(RefundRow, { out_trade_no }));
    const going = rows.map(({ transaction_id, cause }) => [transaction_id, cause]);
    assert.deepEqual(
      new Map(going as [string, string][]),
      new Map([
        [paid.transaction_id, 'paid-after-close'],
        [second.transaction_id, 'second-transaction'],
      ]),
    );
    await book.write(await row(`${out_trade_no}-${second.transaction_id}`), succeeded);
    const after = await room.payLog(out_trade_no);
    assert.deepEqual([after.trade_state, after.refund_fee], ['2', 6_810]);
  });
});
