import assert from 'node:assert/strict';
import test from 'node:test';
import { CatalogueService } from '../catalogue/catalogue.service';
import { PaymentService } from '../payments/payment.service';
import { OrderRoom } from '../spec-kit';
import { onEachDatabase, StatementCounter } from './spec-kit';

const all = { cursor: null, trade_state: null, from: null, to: null, limit: 1 };
const period = { from: '2026-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };

onEachDatabase('what operators and visitors look for', (bench) => {
  // MariaDB's plans are in docs/tables.md.
  if (bench.kind !== 'sqlite') return;

  test('is found by indices, and only what one page or one payment has is sorted', async () => {
    const listener = new StatementCounter();
    const room = await OrderRoom.open(bench, { logger: listener });
    const made = [await room.checkout('anna'), await room.checkout('anna')];
    const [{ out_trade_no }] = made as [(typeof made)[0]];
    const viewer = { user_id: 'otto', operator: true };
    const payments = (change: object) =>
      room.get(PaymentService).listPayments({ ...viewer, ...all, ...change });
    const orders = (change: object) =>
      room.orders.listOrders({ ...viewer, cursor: null, limit: 1, ...change });
    listener.restart();
    const { cursor } = await payments({ q: '13800000000' });
    await payments({ q: '13800000000', cursor, trade_state: 'NOTPAY', ...period });
    await payments({ payer: 'anna', cursor });
    const { cursor: next } = await orders({});
    await orders({ cursor: next });
    await orders({ buyer: 'anna', cursor: next });
    await orders({ out_trade_no });
    await room.get(CatalogueService).page('1001');
    const asked = listener.sent.splice(0);
    assert.ok(asked.length > 12);
    const slow: string[] = [];
    await room.database.statements(async (manager) => {
      for (const { sql, values } of asked) {
        const steps = await manager.query(`EXPLAIN QUERY PLAN ${sql}`, values);
        const plan = steps.map(({ detail }: { detail: string }) => detail).join('; ');
        const isWalk = /SCAN (?!.*USING (COVERING )?INDEX)/.test(plan);
        const isFew = /tb_order_item|"out_trade_no" = \?\)\) ORDER/.test(sql);
        const isSort = plan.includes('TEMP B-TREE') && !isFew;
        if (isWalk || isSort) slow.push(`${sql}: ${plan}`);
      }
    });
    assert.deepEqual(slow, []);
    await room.close();
  });
});
