import assert from 'node:assert/strict';
import test from 'node:test';
import type { Paid } from '@saoma/contracts/pay';
import { Anomalies } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { operatorRefundNo, RefundRow } from '../ledger/refund.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { OldBooks } from './old-wechat.spec-kit';
import { RefundElsewhere } from './refund-elsewhere';

onEachDatabase('books that have no refund of which WeChat speaks', (bench) => {
  const books = new OldBooks(bench);
  const { wechat } = books;

  /** Those of refunds of which WeChat tells no number, and what ended them. */
  const unknownOf = async (out_trade_no: string) => {
    const told = { out_trade_no, transaction_id: '' };
    const rows = await books.room.database.statements((m) => m.findBy(AnomalyRow, told));
    return rows.map(({ kind, state, note }) => `${kind} ${state} ${note}`.trim());
  };

  test('tell an operator once of money that went back by a number that nobody knows', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    wechat.refunded(paid, 'console-1', 810);
    for (const _ of [1, 2]) assert.equal((await books.ask(out_trade_no)).refund_fee, 0);
    assert.deepEqual(await unknownOf(out_trade_no), ['refund-elsewhere OPEN']);
    const told = { out_trade_no, kind: 'query.answered' } as const;
    const events = await books.room.database.statements((m) => m.findBy(PayEventRow, told));
    assert.deepEqual(
      events.map(({ actor, detail }) => `${actor} ${detail}`),
      ['wechat {"told":"REFUND"}'],
    );
    // One of ours says nothing of it, whether WeChat takes it or not; nor is it waited for.
    const { out_refund_no } = await books.wish(out_trade_no, 6_810);
    assert.equal((await books.carryOn(out_refund_no)).status, 'REFUNDCLOSE');
    assert.deepEqual(await unknownOf(out_trade_no), ['refund-elsewhere OPEN']);

    await books.room.get(RefundElsewhere).adopt('console-1');
    const ended = 'refund-elsewhere RESOLVED refunded elsewhere: console-1';
    assert.deepEqual(await unknownOf(out_trade_no), [ended]);
    await books.ask(out_trade_no);
    assert.deepEqual(await unknownOf(out_trade_no), [ended]);
  });

  test('tell nobody of it while a refund here may be meant, or WeChat does not say', async () => {
    const { queryRefund } = wechat.handlers;
    const elsewhere = (out_trade_no: string) => `console-${out_trade_no}`;
    const table: Record<string, (paid: Paid) => unknown> = {
      'one of ours is under way': ({ out_trade_no }) => books.wish(out_trade_no, 1),
      'WeChat took on one of ours, and closed it': async ({ out_trade_no }) => {
        const { out_refund_no } = await books.wish(out_trade_no, 1);
        const change = { status: 'REFUNDCLOSE', accept_time: new Date() } as const;
        await books.room.database.statements((m) => m.update(RefundRow, { out_refund_no }, change));
      },
      'one that had ended was carried out after all': async ({ out_trade_no }) => {
        const { out_refund_no } = await books.wish(out_trade_no, 1);
        const change = { status: 'REFUNDCLOSE' } as const;
        const told = {
          out_trade_no,
          transaction_id: out_refund_no,
          kind: 'refund-after-close',
        } as const;
        await books.room.database.transaction(async (manager) => {
          await manager.update(RefundRow, { out_refund_no }, change);
          await books.room
            .get(Anomalies)
            .report(manager, { ...told, total_fee: 1, fee_type: 'CNY' });
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
            await books.room.get(RefundElsewhere).adopt(elsewhere(out_trade_no));
          return queryRefund(asked);
        };
        Object.assign(wechat.handlers, { queryRefund: meanwhile });
      },
    };
    for (const [when, before] of Object.entries(table)) {
      const paid = await books.settled();
      wechat.refunded(paid, elsewhere(paid.out_trade_no), 10);
      await before(paid);
      await books.ask(paid.out_trade_no);
      Object.assign(wechat.handlers, { queryRefund });
      assert.deepEqual(await unknownOf(paid.out_trade_no), [], when);
    }
  });
});
