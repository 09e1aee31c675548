import assert from 'node:assert/strict';
import test from 'node:test';
import { Anomalies } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { History } from '../ledger/history';
import { Outbox } from '../ledger/outbox';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { OperatorService } from './operator.service';

const webhook = {
  SHOP_WEBHOOK_URL: 'http://127.0.0.1:1/',
  SHOP_WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}`,
};
const aRefundOf = (out_trade_no: string) =>
  ({
    out_trade_no,
    out_refund_no: `${out_trade_no}-op-1`,
    refund_fee: 1,
    cause: 'operator',
  }) as const;

onEachDatabase('what operators see and decide', (bench) => {
  test('a shopper’s timeline names no operator and tells of no message to the shop', async () => {
    const shop = await OrderRoom.open(bench);
    const { out_trade_no } = await shop.checkout('anna');
    await shop.database.transaction((manager) =>
      shop
        .get(History)
        .append(
          manager,
          { out_trade_no, kind: 'close.wished', actor: 'operator:eve' },
          { out_trade_no, kind: 'delivery.failed', actor: 'shop', detail: { why: 'HTTP 500' } },
          { out_trade_no, kind: 'delivery.dead', actor: 'shop' },
          { out_trade_no, kind: 'delivery.replayed', actor: 'operator:eve' },
          { out_trade_no, kind: 'delivery.done', actor: 'shop' },
          { out_trade_no, kind: 'anomaly.resolved', actor: 'operator:eve', detail: { note: 'x' } },
        ),
    );
    const seenBy = async (who: { user_id: string; operator: boolean }) => {
      const wanted = { ...who, out_trade_no, cursor: null };
      const { events } = await shop.get(OperatorService).timeline(wanted);
      return events.map(({ kind, actor }) => `${kind} ${actor}`);
    };
    const bySomebody = ['payment.created shopper:anna', 'close.wished operator'];
    assert.deepEqual(await seenBy({ user_id: 'anna', operator: false }), bySomebody);
    assert.deepEqual(await seenBy({ user_id: 'eve', operator: true }), [
      'payment.created shopper:anna',
      'close.wished operator:eve',
      'delivery.failed shop',
      'delivery.dead shop',
      'delivery.replayed operator:eve',
      'delivery.done shop',
      'anomaly.resolved operator:eve',
    ]);
  });

  const news = { transaction_id: '4200000001', kind: 'other-amount', fee_type: 'CNY' } as const;

  async function anAnomaly(env: Record<string, string> = {}) {
    const shop = await OrderRoom.open(bench, { env });
    const { out_trade_no } = await shop.checkout();
    const told = { ...news, out_trade_no, total_fee: 1 };
    await shop.database.transaction((manager) => shop.get(Anomalies).report(manager, told));
    const [row] = await shop.database.statements((manager) => manager.find(AnomalyRow));
    const resolve = (user_id: string, note: string) =>
      shop
        .get(OperatorService)
        .resolveAnomaly({ user_id, note, anomaly_id: row?.anomaly_id ?? '' });
    const notesInTimeline = async () => {
      const wanted = { user_id: 'eve', operator: true, out_trade_no, cursor: null };
      const { events } = await shop.get(OperatorService).timeline(wanted);
      return events.filter(({ kind }) => kind === 'anomaly.resolved').map((e) => e.detail.note);
    };
    return { shop, told, resolve, notesInTimeline };
  }

  test('the anomalies and messages of one payment are listed alone', async () => {
    const { shop, told } = await anAnomaly(webhook);
    const other = await shop.checkout();
    const page = { cursor: null, limit: 20, state: null };
    await shop.database.transaction((manager) =>
      shop.get(Anomalies).report(manager, { ...told, out_trade_no: other.out_trade_no }),
    );
    await shop.database.transaction((manager) =>
      shop.get(Outbox).append(manager, [
        { type: 'payment.refunded', data: aRefundOf(told.out_trade_no) },
        { type: 'payment.refunded', data: aRefundOf(other.out_trade_no) },
      ]),
    );
    const { out_trade_no } = other;
    const operators = shop.get(OperatorService);
    const { anomalies } = await operators.listAnomalies({ ...page, out_trade_no });
    const { deliveries } = await operators.listDeliveries({ ...page, out_trade_no });
    const numbers = [...anomalies, ...deliveries].map((row) => row.out_trade_no);
    assert.deepEqual(numbers, [out_trade_no, out_trade_no]);
    assert.equal((await operators.listDeliveries(page)).deliveries.length, 2);
  });

  test('a gateway of the first release is not told of a type that it does not know', async () => {
    const shop = await OrderRoom.open(bench, { env: webhook });
    const { out_trade_no } = await shop.checkout();
    await shop.get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    const page = { cursor: null, limit: 20, state: null };
    const types = async (more: object) => {
      const listed = await shop.get(OperatorService).listDeliveries({ ...page, ...more });
      return listed.deliveries.map(({ type }) => type);
    };
    assert.deepEqual(await types({}), ['order.paid', 'order.paid']);
    const all = ['order.paid', 'order.paid', 'payment.paid'];
    assert.deepEqual(await types({ payment_paid: true }), all);
  });

  test('a second resolve keeps both notes, and a repeated one changes nothing', async () => {
    const { resolve, notesInTimeline } = await anAnomaly();
    assert.equal((await resolve('eve', 'asked the payer')).note, 'asked the payer');
    const both = 'asked the payer\nsent it back';
    assert.equal((await resolve('bob', 'sent it back')).note, both);
    assert.equal((await resolve('bob', 'sent it back')).note, both);
    assert.equal((await resolve('eve', 'asked the payer')).note, both);
    assert.deepEqual(await notesInTimeline(), ['asked the payer', 'sent it back']);
  });

  test('an anomaly that came back keeps the notes of before', async () => {
    const { shop, told, resolve, notesInTimeline } = await anAnomaly();
    await resolve('eve', 'sent it back');
    await shop.database.transaction((manager) => shop.get(Anomalies).reopen(manager, told));
    const anomaly = await resolve('eve', 'sent it back');
    assert.deepEqual([anomaly.state, anomaly.note], ['RESOLVED', 'sent it back\nsent it back']);
    assert.equal((await notesInTimeline()).length, 2);
  });

  test('of many notes the newest are kept, and the timeline has them all', async () => {
    const { resolve, notesInTimeline } = await anAnomaly();
    const notes = Array.from({ length: 12 }, (_, index) => `${index} `.padEnd(200, '字'));
    let note = '';
    for (const one of notes) note = (await resolve('eve', one)).note;
    assert.equal(note, notes.slice(-9).join('\n'));
    assert.deepEqual(await notesInTimeline(), notes);
  });

  test('of resolves at the same moment every note is kept', async () => {
    const { resolve } = await anAnomaly();
    const notes = Array.from({ length: 8 }, (_, index) => `note ${index}`);
    await Promise.all(notes.map((note) => resolve('eve', note)));
    const { note } = await resolve('eve', 'note 0');
    assert.deepEqual(note.split('\n').sort(), notes);
  });
});
