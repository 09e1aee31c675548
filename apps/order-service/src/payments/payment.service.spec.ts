import assert from 'node:assert/strict';
import test from 'node:test';
import { Clock } from '../clock/clock';
import { OrderConfig } from '../config';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { PaymentService } from './payment.service';
import { nextLook } from './schedule';
import { Settlement } from './settlement';

const all = { operator: false, cursor: null, limit: 2, trade_state: null, from: null, to: null };
const minute = (of: number) => new Date(Date.UTC(2026, 0, 1, 0, of));

onEachDatabase('a list of payments', (bench) => {
  let room: OrderRoom;
  const list = (change: object) =>
    room.get(PaymentService).listPayments({ ...all, user_id: 'anna', ...change });
  /** Payments of a user that were made in these minutes, one after the other. */
  const made = async (user_id: string, minutes: readonly number[]): Promise<string[]> => {
    const numbers: string[] = [];
    for (const of of minutes) {
      const { out_trade_no } = await room.checkout(user_id);
      const change = { create_time: minute(of) };
      await room.database.statements((manager) =>
        manager.update(PayLogRow, { out_trade_no }, change),
      );
      numbers.push(out_trade_no);
    }
    return numbers;
  };

  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  test('comes newest first in pages that lose none, also of one moment', async () => {
    const [first, second, third, fourth, fifth] = await made('anna', [3, 5, 3, 3, 1]);
    await made('berta', [2, 3, 4]);
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ cursor });
      pages.push(page.payments.map(({ out_trade_no }) => out_trade_no));
      cursor = page.cursor;
    } while (cursor !== null);
    assert.deepEqual(pages, [[second, fourth], [third, first], [fifth]]);
  });

  test('of a period has what was made at its beginning, not what was made at its end', async () => {
    const [, , early, late] = await made('clara', [9, 12, 10, 11]);
    const period = { from: minute(10).toISOString(), to: minute(12).toISOString() };
    const { payments } = await list({ ...period, user_id: 'otto', operator: true });
    assert.deepEqual(
      payments.map(({ out_trade_no }) => out_trade_no),
      [late, early],
    );
  });

  test("does not begin at another's payment, nor at one that is not there", async () => {
    const [number] = await made('dora', [30]);
    for (const cursor of [number, '1']) {
      assert.deepEqual(await list({ cursor }), { payments: [], cursor: null });
    }
  });

  test('says since when an unpaid one cannot be asked about, and nothing once paid', async () => {
    const { out_trade_no } = await room.checkout('frida');
    const unknown_time = minute(7);
    await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, { unknown_time }));
    const told = async () => (await list({ user_id: 'frida' })).payments[0]?.unknown_time;
    assert.equal(await told(), unknown_time.toISOString());
    await room.get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    assert.equal(await told(), null);
  });

  test('a payment ends when it was made to end, whatever is configured since', async () => {
    const open = await room.checkout('emil');
    const closed = await room.checkout('emil');
    await room.get(Settlement).closeOrders(closed.out_trade_no, 'closed by us');
    const seen = async (shop: OrderRoom, out_trade_no: string) => {
      const one = { out_trade_no, user_id: 'emil', operator: false };
      const { closing, expire_time } = await shop.get(PaymentService).getPayment(one);
      return { closing, expire_time };
    };
    for (const { out_trade_no } of [open, closed]) {
      const before = await seen(room, out_trade_no);
      for (const PAY_LOG_TTL_MS of ['100', '9000000']) {
        const later = await OrderRoom.on(room.database, { PAY_LOG_TTL_MS });
        await later.get(Clock).stop();
        assert.deepEqual(await seen(later, out_trade_no), before);
        const looked = { out_trade_nos: [open.out_trade_no] };
        assert.deepEqual(await later.get(PaymentService).lookPayments(looked), []);
        const row = await room.payLog(open.out_trade_no);
        const look = nextLook(row, row.create_time, later.get(OrderConfig));
        assert.equal(look.getTime() - row.create_time.getTime(), 1_800_000);
        await later.close();
      }
    }
  });
});
