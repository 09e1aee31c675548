import assert from 'node:assert/strict';
import test from 'node:test';
import type { Statistics } from '@saoma/contracts/statistics';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { StatisticsService } from './statistics.service';

const day = '2026-11-26';
const at = (time: string) => new Date(`${day}T${time}+08:00`);
const none = { payments: 0, total_fee: 0, paid: 0, paid_fee: 0, waiting: 0, closed: 0 };
const nothing = { ...none, held: 0, refunded: 0, refund_fee: 0, code_to_paid_ms: null };

onEachDatabase('the figures of a day', (bench) => {
  let room: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  /** A payment of 6810 fen. */
  const made = async (change: Partial<PayLogRow>) => {
    const { out_trade_no } = await room.checkout();
    await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, change));
  };
  const hoursOf = ({ hours }: Statistics) => hours.filter(({ payments }) => payments > 0);

  test('count what became of its payments, by Beijing’s hours and fen by fen', async () => {
    const empty = await room.get(StatisticsService).statistics({ day: '2026-11-20' });
    assert.deepEqual(
      empty.hours,
      Array.from({ length: 24 }, (_, hour) => ({ hour, ...nothing })),
    );
    const { hours: _, ...whole } = empty;
    const more = { success_rate: null, is_whole: true };
    assert.deepEqual(whole, { day: '2026-11-20', ...nothing, ...more });

    const paid = { first_code_time: at('00:00:10.500'), pay_time: at('00:00:20') };
    await made({ create_time: at('00:00:00'), trade_state: '1', ...paid });
    const back = { refund_fee: 810, first_code_time: at('00:01:00'), pay_time: at('00:01:00.500') };
    await made({ create_time: at('00:59:59.999'), trade_state: '3', ...back });
    // Its clock was wrong: it is paid, but nobody knows how fast.
    const before = { first_code_time: at('08:00:09'), pay_time: at('08:00:00') };
    await made({ create_time: at('08:00:00'), trade_state: '1', ...before });
    // What was never paid has no part in what went back, though late money of it did.
    await made({ create_time: at('23:59:59.999'), trade_state: '2', refund_fee: 6810 });
    await made({ create_time: at('23:00:00'), trade_state: '0' });
    // Money of another amount came for one that waits, and for one that was closed since.
    const held = { create_time: at('22:00:00'), misplaced_time: at('22:00:09') };
    await made({ ...held, trade_state: '0' });
    await made({ ...held, trade_state: '2' });
    // And what was in doubt has paid this one.
    await made({ ...held, trade_state: '1', transaction_id: '42' });
    // Late money that did not go back by itself, of which an operator has given back all, or some.
    const late = { ...held, trade_state: '2', transaction_id: '43' } as const;
    await made({ ...late, refund_fee: 6810 });
    await made({ ...late, transaction_id: '44', refund_fee: 10 });
    await made({ create_time: new Date(at('00:00:00').getTime() - 1), trade_state: '1' });
    await made({ create_time: new Date(at('23:59:59.999').getTime() + 1), trade_state: '1' });

    const figures = await room.get(StatisticsService).statistics({ day });
    assert.deepEqual(hoursOf(figures), [
      {
        ...{ hour: 0, payments: 2, total_fee: 13_620, paid: 2, paid_fee: 13_620, waiting: 0 },
        ...{ closed: 0, held: 0, refunded: 1, refund_fee: 810, code_to_paid_ms: 5_000 },
      },
      { ...nothing, hour: 8, payments: 1, total_fee: 6_810, paid: 1, paid_fee: 6_810 },
      {
        ...{ ...nothing, hour: 22, payments: 5, total_fee: 34_050, paid: 1, paid_fee: 6_810 },
        ...{ waiting: 1, closed: 3, held: 3 },
      },
      { ...nothing, hour: 23, payments: 2, total_fee: 13_620, waiting: 1, closed: 1 },
    ]);
    const { hours, ...all } = figures;
    assert.equal(hours.length, 24);
    assert.deepEqual(all, {
      ...{ day, payments: 10, total_fee: 68_100, paid: 4, paid_fee: 27_240, waiting: 2, closed: 4 },
      ...{ held: 3, refunded: 1, refund_fee: 810, code_to_paid_ms: 5_000, success_rate: 0.5 },
      is_whole: true,
    });
  });

  test('are asked for once, however many look at them at that moment', async () => {
    const service = room.get(StatisticsService);
    const [one, other] = [service.statistics({ day }), service.statistics({ day })];
    assert.equal(one, other);
    assert.deepEqual(await one, await other);
  });
});
