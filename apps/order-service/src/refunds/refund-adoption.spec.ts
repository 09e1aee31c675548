import assert from 'node:assert/strict';
import test from 'node:test';
import { type Paid, payService } from '@saoma/contracts/pay';
import { Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { Anomalies } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { operatorRefundNo, RefundRow } from '../ledger/refund.entity';
import { Asking } from '../payments/asking';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { OldWechat } from './old-wechat.spec-kit';
import { RefundService } from './refund.service';
import { RefundElsewhere } from './refund-elsewhere';
import { RefundRun } from './refund-run';

onEachDatabase('books that have no refund of which WeChat speaks', (bench) => {
  const wechat = new OldWechat();
  let peer: Peer;
  let room: OrderRoom;

  test.before(async () => {
    peer = new Peer(payService, wechat.handlers, await freePort());
    await peer.start();
    room = await OrderRoom.open(bench, { env: { PAY_RPC: `tcp://127.0.0.1:${peer.port}` } });
  });
  test.after(async () => {
    await room.close();
    await peer.stop();
  });

  /** Those of refunds of which WeChat tells no number, and what ended them. */
  const unknownOf = async (out_trade_no: string) => {
    const told = { out_trade_no, transaction_id: '' };
    const rows = await room.database.statements((m) => m.findBy(AnomalyRow, told));
    return rows.map(({ kind, state, note }) => `${kind} ${state} ${note}`.trim());
  };
  /** A payment that is paid in these books too. */
  const settled = async () => {
    const paid = wechat.pays((await room.checkout()).out_trade_no);
    await room.get(Settlement).updateOrderStatus(paid, 'notice');
    return paid;
  };
  const ask = (out_trade_no: string) =>
    room.get(Asking).askWechat({ user_id: 'eve', out_trade_no });
  const wish = (out_trade_no: string, refund_fee: number) => {
    const command = { user_id: 'eve', out_trade_no, refund_fee, reason: 'broken' };
    const idempotency_key = `${out_trade_no} ${refund_fee}`;
    return room.get(RefundService).refundPayment({ ...command, idempotency_key });
  };
  const carryOn = async (out_refund_no: string) => {
    const row = () =>
      room.database.statements((m) => m.findOneByOrFail(RefundRow, { out_refund_no }));
    await room.get(RefundRun).carryOn(await row());
    return row();
  };

  test('tell an operator once of money that went back by a number that nobody knows', async () => {
    const paid = await settled();
    const { out_trade_no } = paid;
    wechat.refunded(paid, 'console-1', 810);
    for (const _ of [1, 2]) assert.equal((await ask(out_trade_no)).refund_fee, 0);
    assert.deepEqual(await unknownOf(out_trade_no), ['refund-elsewhere OPEN']);
    const told = { out_trade_no, kind: 'query.answered' } as const;
    const events = await room.database.statements((m) => m.findBy(PayEventRow, told));
    assert.deepEqual(
      events.map(({ actor, detail }) => `${actor} ${detail}`),
      ['wechat {"told":"REFUND"}'],
    );
    // One of ours says nothing of it, whether WeChat takes it or not; nor is it waited for.
    const { out_refund_no } = await wish(out_trade_no, 6_810);
    assert.equal((await carryOn(out_refund_no)).status, 'REFUNDCLOSE');
    assert.deepEqual(await unknownOf(out_trade_no), ['refund-elsewhere OPEN']);

    await room.get(RefundElsewhere).adopt('console-1');
    const ended = 'refund-elsewhere RESOLVED refunded elsewhere: console-1';
    assert.deepEqual(await unknownOf(out_trade_no), [ended]);
    await ask(out_trade_no);
    assert.deepEqual(await unknownOf(out_trade_no), [ended]);
  });

  test('tell nobody of it while a refund here may be meant, or WeChat does not say', async () => {
    const { queryRefund } = wechat.handlers;
    const elsewhere = (out_trade_no: string) => `console-${out_trade_no}`;
    const table: Record<string, (paid: Paid) => unknown> = {
      'one of ours is under way': ({ out_trade_no }) => wish(out_trade_no, 1),
      'WeChat took on one of ours, and closed it': async ({ out_trade_no }) => {
        const { out_refund_no } = await wish(out_trade_no, 1);
        const change = { status: 'REFUNDCLOSE', accept_time: new Date() } as const;
        await room.database.statements((m) => m.update(RefundRow, { out_refund_no }, change));
      },
      'one that had ended was carried out after all': async ({ out_trade_no }) => {
        const { out_refund_no } = await wish(out_trade_no, 1);
        const change = { status: 'REFUNDCLOSE' } as const;
        const told = {
          out_trade_no,
          transaction_id: out_refund_no,
          kind: 'refund-after-close',
        } as const;
        await room.database.transaction(async (manager) => {
          await manager.update(RefundRow, { out_refund_no }, change);
          await room.get(Anomalies).report(manager, { ...told, total_fee: 1, fee_type: 'CNY' });
        });
      },
      'WeChat closed one that a backup has lost': (paid) => {
        const number = operatorRefundNo(paid.out_trade_no, 2);
        wechat.refunded(paid, number, 1);
        const lost = wechat.refunds.get(number);
        if (lost) wechat.refunds.set(number, { ...lost, refund_status: 'REFUNDCLOSE' });
      },
      'WeChat does not say': () => {
        const silent = () => ({ outcome: 'unknown', reason: 'no answer' });
        Object.assign(wechat.handlers, { queryRefund: silent });
      },
      'it comes into the books meanwhile': ({ out_trade_no }) => {
        const second = operatorRefundNo(out_trade_no, 2);
        const meanwhile = async (asked: { out_refund_no: string }) => {
          if (asked.out_refund_no === second)
            await room.get(RefundElsewhere).adopt(elsewhere(out_trade_no));
          return queryRefund(asked);
        };
        Object.assign(wechat.handlers, { queryRefund: meanwhile });
      },
    };
    for (const [when, before] of Object.entries(table)) {
      const paid = await settled();
      wechat.refunded(paid, elsewhere(paid.out_trade_no), 10);
      await before(paid);
      await ask(paid.out_trade_no);
      Object.assign(wechat.handlers, { queryRefund });
      assert.deepEqual(await unknownOf(paid.out_trade_no), [], when);
    }
  });
});
