import assert from 'node:assert/strict';
import test from 'node:test';
import type { AppError } from '@saoma/contracts/errors';
import type { Paid } from '@saoma/contracts/pay';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { LastingUnknown } from '../ledger/lasting-unknown';
import { OrderRow } from '../ledger/order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { OperatorService } from '../operator/operator.service';
import { Bell } from '../redis/bell';
import { RefundService } from '../refunds/refund.service';
import { RefundBook } from '../refunds/refund-book';
import type { Move } from '../refunds/refund-move';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { CodeClaims } from './code-claims';
import { PaymentService } from './payment.service';
import { PaymentBook } from './payment-book';
import { Settlement } from './settlement';

onEachDatabase('money that does not fit', (bench) => {
  let room: OrderRoom;
  const take = (paid: Paid, by: 'notice' | 'query' = 'notice') =>
    room.get(Settlement).updateOrderStatus(paid, by);
  const close = (out_trade_no: string) =>
    room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
  const anomalies = (out_trade_no: string) =>
    room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
  const states = async (out_trade_no: string) =>
    (await anomalies(out_trade_no)).map(({ kind, state }) => [kind, state]);
  const cannotRead = async (out_trade_no: string) => {
    const unreadable = { is: 'unreadable', state: 'SUCCESS' } as const;
    await room.get(PaymentBook).act(await room.payLog(out_trade_no), unreadable);
  };
  const moveOrders = (out_trade_no: string, status: OrderRow['status']) =>
    room.database.statements((m) => m.update(OrderRow, { out_trade_no }, { status }));

  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  const isHeld = async (out_trade_no: string) => {
    const payments = room.get(PaymentService);
    const one = { out_trade_no, user_id: 'shopper', operator: false };
    const { held } = await payments.getPayment(one);
    const told = await payments.lookPayments({ out_trade_nos: [out_trade_no] });
    const { trade_state } = await room.payLog(out_trade_no);
    assert.equal(told.length > 0, held || trade_state !== '0', 'whoever waits is told of it');
    return held;
  };

  test('holds its payment: whoever waits is rung, and nobody is to pay it', async (t) => {
    const rung: string[] = [];
    const listening = room
      .get(Bell)
      .watchSettled()
      .subscribe((ring) => {
        if (ring.kind === 'settled') rung.push(ring.out_trade_no);
      });
    t.after(() => listening.unsubscribe());
    const ways: Record<string, (out_trade_no: string) => Promise<unknown>> = {
      'another amount': (number) => take(money(number, { total_fee: 1 })),
      'another currency': (number) => take(money(number, { fee_type: 'USD' })),
      'orders that moved': async (number) => {
        await moveOrders(number, '6');
        await take(money(number));
      },
      'what nobody can read': cannotRead,
    };
    for (const [what, comes] of Object.entries(ways)) {
      const { out_trade_no } = await room.checkout();
      assert.equal(await isHeld(out_trade_no), false);
      await comes(out_trade_no);
      assert.equal(await isHeld(out_trade_no), true, what);
      assert.deepEqual(rung.splice(0), [out_trade_no], what);
      await comes(out_trade_no);
      assert.deepEqual(rung, [], 'the same news is no news');
    }
  });

  test('holds it until its money is in the books, closed or not', async () => {
    const { out_trade_no } = await room.checkout();
    await take(money(out_trade_no, { total_fee: 1 }));
    const [{ anomaly_id = '' } = {}] = await anomalies(out_trade_no);
    const resolved = { user_id: 'op', anomaly_id, note: 'refunded in the console' };
    await room.get(OperatorService).resolveAnomaly(resolved);
    assert.equal(await isHeld(out_trade_no), true);
    await close(out_trade_no);
    assert.equal(await isHeld(out_trade_no), true);
    await take(money(out_trade_no));
    assert.equal(await isHeld(out_trade_no), false, 'it goes back by itself');
    const closed = await room.checkout();
    await close(closed.out_trade_no);
    await take(money(closed.out_trade_no, { total_fee: 1 }));
    assert.equal(await isHeld(closed.out_trade_no), true);
    const paid = await room.checkout();
    await take(money(paid.out_trade_no, { total_fee: 1 }));
    await take(money(paid.out_trade_no));
    assert.equal(await isHeld(paid.out_trade_no), false);
  });

  test('hides no older payment that can be paid', async () => {
    const [older, newer] = [await room.checkout('hidden'), await room.checkout('hidden')];
    const code = { code_url: 'weixin://wxpay/1', code_expire_time: new Date(Date.now() + 600_000) };
    const { out_trade_no } = older;
    await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, code));
    const search = () =>
      room.get(CodeClaims).searchPayLog({ user_id: 'hidden', out_trade_no: null });
    await take(money(newer.out_trade_no, { total_fee: 1 }));
    const { code_url } = code;
    assert.deepEqual(await search(), { state: 'code', out_trade_no, total_fee: 6810, code_url });
    await take(money(out_trade_no, { total_fee: 1 }));
    await assert.rejects(search(), { code: 'wechat/refused' }, 'it is told, and is not nothing');
  });

  test('who would refund it is told where it is', async () => {
    const { out_trade_no } = await room.checkout();
    const command = { user_id: 'op', out_trade_no, refund_fee: 1, reason: 'broken' };
    const refused = (detail: RegExp) =>
      assert.rejects(
        room.get(RefundService).refundPayment({ ...command, idempotency_key: 'where' }),
        (error: AppError) => {
          assert.equal(error.code, 'payment/not-paid');
          assert.match(error.detail ?? '', detail);
          return true;
        },
      );
    await refused(/^$/);
    await take(money(out_trade_no, { total_fee: 1 }));
    await refused(/merchant console, as its anomaly says/);
    await close(out_trade_no);
    await refused(/merchant console, as its anomaly says/);
    await take(money(out_trade_no));
    await refused(/goes back by itself/);
  });

  const stops: Record<string, Move> = {
    'WeChat closes its refund': { is: 'closed', why: 'REFUNDCLOSE' },
    'its payer’s card is dead': { is: 'changed' },
    'somebody used its number': { is: 'other-amount', told_fee: 1 },
  };
  for (const [what, move] of Object.entries(stops)) {
    test(`late, is held when it goes back by itself no more: ${what}`, async () => {
      const { out_trade_no } = await room.checkout();
      const paid = money(out_trade_no);
      await close(out_trade_no);
      await take(paid);
      assert.equal(await isHeld(out_trade_no), false);
      const refund = await room.database.statements((manager) =>
        manager.findOneByOrFail(RefundRow, { out_trade_no }),
      );
      const refused = { is: 'refused', err_code: 'NOTENOUGH', err_code_des: '余额不足' } as const;
      await room.get(RefundBook).write(refund, refused);
      assert.equal(await isHeld(out_trade_no), false, 'it is asked for again');
      await room.get(RefundBook).write(refund, move);
      assert.equal(await isHeld(out_trade_no), true);
    });
  }

  const wrongly = { 'other-amount': { total_fee: 1 }, 'other-currency': { fee_type: 'USD' } };
  for (const [kind, change] of Object.entries(wrongly)) {
    test(`told as ${kind}, it ends when WeChat, asked, says that it is right`, async () => {
      const { out_trade_no } = await room.checkout();
      const right = money(out_trade_no);
      await take({ ...right, ...change });
      assert.deepEqual(await states(out_trade_no), [[kind, 'OPEN']]);
      await take(right, 'query');
      const [anomaly] = await anomalies(out_trade_no);
      const note = `paid by ${right.transaction_id}`;
      assert.deepEqual({ ...anomaly, state: 'RESOLVED', resolved_by: null, note }, { ...anomaly });
      assert.ok(anomaly?.resolved_time);
      const told = { out_trade_no, kind: 'anomaly.resolved' } as const;
      const [event] = await room.database.statements((m) => m.findBy(PayEventRow, told));
      assert.equal(event?.actor, 'service');
      assert.deepEqual(JSON.parse(event.detail), { anomaly_id: anomaly.anomaly_id, note });
    });
  }

  test('told of what is paid already, it ends when WeChat, asked, says so', async () => {
    const { out_trade_no } = await room.checkout();
    const right = money(out_trade_no);
    await take(right);
    await take({ ...right, total_fee: 1 });
    const open = [['other-amount', 'OPEN']];
    await take(right, 'notice');
    assert.deepEqual(await states(out_trade_no), open);
    const row = await room.payLog(out_trade_no);
    const answered = (paid: Paid) =>
      room.get(PaymentBook).act(row, { is: 'money', paid, isRefunded: false });
    await answered({ ...right, transaction_id: '4200000009000000000000000008' });
    assert.deepEqual(await states(out_trade_no), open, 'that is other money');
    await answered(right);
    assert.deepEqual(await states(out_trade_no), [['other-amount', 'RESOLVED']]);
  });

  test('late, it ends too when WeChat, asked, says that it is right: it goes back', async () => {
    const { out_trade_no } = await room.checkout();
    const right = money(out_trade_no);
    await close(out_trade_no);
    await take({ ...right, total_fee: 1 });
    await take(right, 'query');
    assert.deepEqual(await states(out_trade_no), [['other-amount', 'RESOLVED']]);
  });

  test('is an operator’s if only a notice says that it is right, or of other money', async () => {
    const { out_trade_no } = await room.checkout();
    const right = money(out_trade_no);
    await take({ ...right, total_fee: 1 });
    await take(right, 'notice');
    assert.deepEqual(await states(out_trade_no), [['other-amount', 'OPEN']]);
    const other = await room.checkout();
    await take(money(other.out_trade_no, { total_fee: 1 }));
    await take(money(other.out_trade_no), 'query');
    assert.deepEqual(await states(other.out_trade_no), [['other-amount', 'OPEN']]);
  });

  test('whose amount was never in doubt ends with the payment paid, whoever says so', async () => {
    const unreadable = await room.checkout();
    await cannotRead(unreadable.out_trade_no);
    await take(money(unreadable.out_trade_no));
    assert.deepEqual(await states(unreadable.out_trade_no), [['unreadable-money', 'RESOLVED']]);
    const { out_trade_no } = await room.checkout();
    const right = money(out_trade_no);
    await moveOrders(out_trade_no, '6');
    await take(right);
    assert.deepEqual(await states(out_trade_no), [['orders-moved', 'OPEN']]);
    await moveOrders(out_trade_no, '1');
    await take(right);
    assert.deepEqual(await states(out_trade_no), [['orders-moved', 'RESOLVED']]);
  });

  test('ends what nobody could say of its payment for an hour', async () => {
    const since = new Date(Date.now() - 3_600_000);
    for (const time of ['unknown_time', 'code_unknown_time']) {
      const { out_trade_no } = await room.checkout();
      await room.database.transaction(async (manager) => {
        await manager.update(PayLogRow, { out_trade_no }, { [time]: since });
        const row = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
        await room.get(LastingUnknown).report(manager, row, { since, why: 'HTTP 502' });
      });
      assert.deepEqual(await states(out_trade_no), [['lasting-unknown', 'OPEN']]);
      await take(money(out_trade_no));
      assert.deepEqual(await states(out_trade_no), [['lasting-unknown', 'RESOLVED']], time);
    }
  });

  test('that ended and comes again stays ended: its payment is paid', async () => {
    const { out_trade_no } = await room.checkout();
    const right = money(out_trade_no);
    await take({ ...right, total_fee: 1 });
    await take(right, 'query');
    await take({ ...right, total_fee: 1 });
    assert.deepEqual(await states(out_trade_no), [['other-amount', 'RESOLVED']]);
  });
});
