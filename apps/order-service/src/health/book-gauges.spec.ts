import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog } from '@saoma/platform/log';
import { MetricsServer } from '@saoma/platform/metrics/server';
import { type Measured, measured } from '../../../../test/support/metrics';
import { DeliveryRow } from '../ledger/delivery.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { metrics } from '../metrics';
import { Settlement } from '../payments/settlement';
import { dayOf, daysAfter, readyFrom } from '../reconcile/bill-day';
import { ReconciliationRow } from '../reconcile/reconciliation.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';

const hour = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms);

onEachDatabase('what the books say when Prometheus asks', (bench) => {
  let room: OrderRoom;
  let server: MetricsServer | undefined;
  test.beforeEach(async () => {
    const config = { METRICS_PORT: 0, METRICS_HOST: '127.0.0.1' };
    server = await MetricsServer.start(config, metrics, createLog('spec', 'silent'));
    const env = {
      SHOP_WEBHOOK_URL: 'http://127.0.0.1:1/',
      SHOP_WEBHOOK_SECRET: `whsec_${'a'.repeat(32)}`,
    };
    room = await OrderRoom.open(bench, { env });
  });
  test.afterEach(async () => {
    await server?.close();
    await room.close();
  });
  const ask = () => measured(`http://127.0.0.1:${server?.port}/metrics`);
  /** Everything that was read in the books and is not 0. */
  const told = (all: Measured) =>
    new Map(
      [...all].filter(
        ([series, value]) =>
          /^saoma_(anomalies|due_lag|oldest|outbox_lag|re)/.test(series) && value !== 0,
      ),
    );
  const change = (out_trade_no: string, to: Partial<PayLogRow>) =>
    room.database.statements((manager) => manager.update(PayLogRow, { out_trade_no }, to));
  /** An age in whole hours: a test takes no hour. */
  const inHours = (all: Measured, series: string) =>
    Math.floor((all.get(series) ?? Number.NaN) / 3_600);

  test('is that nothing waits, where nothing does', async () => {
    const all = await ask();
    assert.equal(all.get('saoma_books_up'), 1);
    assert.deepEqual(told(all), new Map());
    assert.equal(all.get('saoma_anomalies_open{kind="other-amount"}'), 0);
    assert.equal(all.get('saoma_due_lag_seconds{work="watcher"}'), 0);
  });

  test('is how many anomalies of each kind are open', async () => {
    const settlement = room.get(Settlement);
    for (const number of ['10', '11']) await settlement.updateOrderStatus(money(number), 'notice');
    const { out_trade_no } = await room.checkout();
    await settlement.updateOrderStatus(money(out_trade_no, { total_fee: 1 }), 'query');
    const all = await ask();
    assert.equal(all.get('saoma_anomalies_open{kind="unknown-number"}'), 2);
    assert.equal(all.get('saoma_anomalies_open{kind="other-amount"}'), 1);
    assert.equal(all.get('saoma_settlements_total{by="notice",outcome="recorded"}'), 2);
    assert.equal(all.get('saoma_settlements_total{by="query",outcome="recorded"}'), 1);
    assert.equal(all.get('saoma_checkouts_total'), 1);
  });

  test('is how long payments wait, are overdue, and nobody knows about them', async () => {
    const [first, second] = [await room.checkout('one'), await room.checkout('other')];
    await change(first.out_trade_no, { create_time: ago(5 * hour), ttl_ms: 2 * hour });
    await change(second.out_trade_no, { unknown_time: ago(7 * hour) });
    const all = await ask();
    assert.equal(inHours(all, 'saoma_oldest_unpaid_seconds'), 5);
    assert.equal(inHours(all, 'saoma_oldest_overdue_seconds'), 3);
    assert.equal(inHours(all, 'saoma_oldest_unknown_seconds'), 7);
  });

  test('is how long work has been due, and messages and refunds are on their way', async () => {
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    const refund = RefundRow.begun({
      ...{ out_refund_no: '1', out_trade_no, transaction_id: '2', reason: '' },
      ...{ total_fee: 1, refund_fee: 1, cause: 'operator' },
    });
    await room.database.statements(async (manager) => {
      await manager.insert(RefundRow, { ...refund, create_time: ago(4 * hour) });
      const times = { create_time: ago(9 * hour), next_try_time: ago(2 * hour) };
      await manager.update(DeliveryRow, { out_trade_no }, times);
    });
    await change(out_trade_no, { trade_state: '2', next_look_time: ago(3 * hour) });
    const all = await ask();
    assert.equal(inHours(all, 'saoma_due_lag_seconds{work="watcher"}'), 3);
    assert.equal(inHours(all, 'saoma_due_lag_seconds{work="deliveries"}'), 2);
    assert.equal(inHours(all, 'saoma_outbox_lag_seconds'), 9);
    assert.equal(inHours(all, 'saoma_refund_lag_seconds'), 4);
  });

  test('is which day was compared last, and how long another one waits', async () => {
    const [today, now] = [dayOf(new Date()), new Date()];
    const day = (days: number, row: Partial<ReconciliationRow>) => ({
      ...ReconciliationRow.wanted(daysAfter(today, -days), now),
      ...row,
    });
    const compared = { wanted_time: null, compared_time: now };
    await room.database.statements((manager) =>
      manager.insert(ReconciliationRow, [
        day(3, compared),
        day(4, compared),
        day(5, { wanted_time: ago(6 * hour) }),
        // It was wanted before there could be a bill of it.
        day(1, { wanted_time: ago(60 * hour) }),
        day(20, { wanted_time: ago(20 * hour), next_try_time: null }),
      ]),
    );
    const all = await ask();
    const over = readyFrom(daysAfter(today, -3)).getTime() - 10.25 * hour;
    assert.equal(all.get('saoma_last_reconciliation_seconds'), over / 1_000);
    const yesterday = Math.floor((Date.now() - readyFrom(daysAfter(today, -1)).getTime()) / hour);
    const worst = Math.max(6, yesterday);
    assert.equal(inHours(all, 'saoma_reconciliation_overdue_seconds'), worst);
  });

  if (bench.kind !== 'mariadb') return;

  test('is left out while the database is silent, and the others are told', async () => {
    bench.mariadb.signal('SIGSTOP');
    try {
      const all = await ask();
      assert.equal(all.get('saoma_books_up'), 0);
      assert.equal(
        [...all.keys()].some((series) => series.startsWith('saoma_anomalies')),
        false,
      );
      assert.ok(all.has('saoma_process_memory_bytes'));
    } finally {
      bench.mariadb.signal('SIGCONT');
    }
  });
});
