import assert from 'node:assert/strict';
import test from 'node:test';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { RefundService } from '../refunds/refund.service';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { Asking } from './asking';
import { Settlement } from './settlement';

const later = new Date('2100-01-01T00:00:00Z');

onEachDatabase('an operator who does not wait for the clock', (bench) => {
  const events = (room: OrderRoom, out_trade_no: string) =>
    room.database.statements((manager) =>
      manager.find(PayEventRow, { where: { out_trade_no }, order: { event_id: 'ASC' } }),
    );

  test('has an unpaid payment looked at now, and the timeline says who wished it', async () => {
    const room = await OrderRoom.open(bench);
    const { out_trade_no } = await room.checkout();
    const change = { native_request: '{}', next_look_time: later };
    await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, change));
    const asked = await room.get(Asking).askWechat({ user_id: 'eve', out_trade_no });
    assert.deepEqual([asked.out_trade_no, asked.trade_state], [out_trade_no, 'NOTPAY']);
    const { next_look_time } = await room.payLog(out_trade_no);
    assert.ok(next_look_time && next_look_time < later, `${next_look_time}`);
    const told = (await events(room, out_trade_no)).map(({ kind, actor }) => `${kind} ${actor}`);
    assert.equal(told[1], 'query.wished operator:eve');
    await room.close();
  });

  test('of a paid payment has the refunds in progress asked for; nothing else moves', async () => {
    const room = await OrderRoom.open(bench);
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).updateOrderStatus(money(out_trade_no), 'query');
    const wish = { user_id: 'eve', out_trade_no, refund_fee: 10, reason: 'x' };
    await room.get(RefundService).refundPayment({ ...wish, idempotency_key: 'a' });
    await room.database.statements((m) =>
      m.update(RefundRow, { out_trade_no }, { next_look_time: later }),
    );
    const before = await room.payLog(out_trade_no);
    const asked = await room.get(Asking).askWechat({ user_id: 'eve', out_trade_no });
    assert.equal(asked.trade_state, 'SUCCESS');
    assert.deepEqual(await room.payLog(out_trade_no), before);
    const [refund] = await room.database.statements((m) => m.findBy(RefundRow, { out_trade_no }));
    assert.ok(refund?.next_look_time && refund.next_look_time < later);
    const none = room.get(Asking).askWechat({ user_id: 'eve', out_trade_no: '1' });
    await assert.rejects(none, { code: 'payment/not-found' });
    await room.close();
  });
});
