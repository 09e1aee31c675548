import assert from 'node:assert/strict';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { it } from 'node:test';
import { Anomaly } from '@saoma/contracts/operator';
import { reconciliations } from '@saoma/contracts/reconciliations';
import SqliteFile from 'libsql';
import { z } from 'zod';
import { Backups } from '../support/backups';
import { beijingDate, nextInBeijing } from '../support/beijing-time';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { hasClients, hasFaketime } from '../support/machine';
import { onStores, storesHere } from '../support/on-stores';
import { type Opened, opened, paid, pays } from '../support/opened';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Beijing's time of day at which yesterday's bill can be had. */
const morningMs = 11 * hourMs;

async function wish(operator: Shopper, { out_trade_no }: Opened, refund_fee: number) {
  expected(201, await operator.refund(out_trade_no, refund_fee));
}

const isBack = ({ shopper, out_trade_no }: Opened, fee: number) =>
  until(`${fee} fen of ${out_trade_no} to be back`, async () => {
    const { trade_state, refund_fee } = await shopper.payment(out_trade_no);
    return trade_state === 'REFUND' && refund_fee === fee;
  });

/** What went back at WeChat, by the refunds' numbers. */
async function refundsThere({ sandbox }: System, { out_trade_no }: Opened) {
  const { refunds } = await sandbox.trade(out_trade_no);
  return (refunds as { out_refund_no: string; refund_fee: number }[]).map(
    (one) => `${one.out_refund_no.replace(out_trade_no, '')} ${one.refund_fee}`,
  );
}

async function anomaliesOf(operator: Shopper, { out_trade_no }: Opened): Promise<Anomaly[]> {
  const answer = await operator.ask('GET', '/api/anomalies?limit=100');
  const { anomalies } = z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer));
  return anomalies.filter((one) => one.out_trade_no === out_trade_no);
}

const isTold = (operator: Shopper, bought: Opened, kind: Anomaly['kind']) =>
  until(`${kind} of ${bought.out_trade_no}`, async () =>
    (await anomaliesOf(operator, bought)).find((one) => one.kind === kind),
  );

const Day = reconciliations.methods.getReconciliation.output;

/** An operator does not wait until it is done by itself. */
async function compare(operator: Shopper, day: string): Promise<void> {
  const path = `/api/reconciliations/${day}`;
  expected(202, await operator.ask('POST', path));
  await until(`${day} to be compared`, async () => {
    const found = Day.parse(expected(200, await operator.ask('GET', path)));
    return !found.under_way && found.findings.every(({ done }) => done);
  });
}

/** WeChat accepts no refund from now on. */
const refuseRefunds = ({ sandbox }: System) =>
  sandbox.fault({ kind: 'http_error', phase: 'before', times: 1_000, match: { call: 'refund' } });

/** What the backup has. */
async function morning(system: System, operator: Shopper) {
  const uncoded = await system.shopper();
  const { out_trade_no } = await uncoded.buy();
  const all = {
    unpaid: await opened(system),
    unpaidToo: await opened(system),
    closing: await opened(system),
    uncoded: { shopper: uncoded, out_trade_no, code_url: '' },
    paid: await paid(system),
    paidToo: await paid(system),
    onTheWay: await paid(system),
  };
  await refuseRefunds(system);
  await wish(operator, all.onTheWay, 700);
  return all;
}
type Morning = Awaited<ReturnType<typeof morning>>;

/** What it has not. */
async function afternoon(system: System, operator: Shopper, all: Morning) {
  await system.sandbox.forgetFaults();
  await isBack(all.onTheWay, 700);
  await pays(system, all.unpaid);
  await pays(system, all.unpaidToo);
  const { code_url } = await all.uncoded.shopper.createNative();
  await pays(system, { ...all.uncoded, code_url });
  expected(200, await all.closing.shopper.close(all.closing.out_trade_no));
  for (const one of [all.unpaidToo, all.paid, all.paidToo]) {
    await wish(operator, one, 500);
    await isBack(one, 500);
  }
  return { lost: await paid(system), lostUnpaid: await opened(system) };
}

/** All of it is right again before anybody has seen a bill. */
async function comesBack(operator: Shopper, all: Morning): Promise<void> {
  await all.unpaid.shopper.paymentIn('SUCCESS', all.unpaid.out_trade_no);
  await all.closing.shopper.paymentIn('CLOSED', all.closing.out_trade_no);
  await isBack(all.onTheWay, 700);
  await isBack(all.unpaidToo, 500);
  const { shopper, out_trade_no } = all.uncoded;
  expected(200, await operator.ask('POST', `/api/payments/${out_trade_no}/inquiry`));
  await shopper.paymentIn('SUCCESS', out_trade_no);
  // Somebody does once more what the books do not show.
  assert.equal((await all.paid.shopper.payment(all.paid.out_trade_no)).refund_fee, 0);
  await wish(operator, all.paid, 500);
  await isBack(all.paid, 500);
}

const usable = storesHere.filter((each) => each === 'sqlite' || hasClients);
for (const stores of hasFaketime ? usable : []) {
  const options = { stores, way: 'v2', env: quickMoney, ownClock: true } as const;
  onStores('a backup that is restored in the middle of a day', options, (of) => {
    it('what was paid, closed and refunded since comes back, and nothing twice', async () => {
      const system = of();
      const { sandbox, order } = system;
      const noonMs = nextInBeijing(await sandbox.now(), 12 * hourMs);
      await system.turnClocks(noonMs);
      const operator = await system.shopper({ roles: ['operator'] });
      const backups = new Backups(system);
      const all = await morning(system, operator);
      backups.backUp();
      const { lost, lostUnpaid } = await afternoon(system, operator, all);
      const everybody = [...Object.values(all), lost];
      const there = () => Promise.all(everybody.map((one) => refundsThere(system, one)));
      const before = await there();

      await order.kill();
      backups.restore();
      await system.turnClocks((await sandbox.now()) + minuteMs);
      await order.start();
      await comesBack(operator, all);
      const { status } = await lost.shopper.ask('GET', `/api/payments/${lost.out_trade_no}`);
      assert.equal(status, 404);
      await sandbox.pay(lostUnpaid.code_url);
      await isTold(operator, lostUnpaid, 'unknown-number');
      const anew = await paid(system);
      for (const { out_trade_no } of [...everybody, lostUnpaid]) {
        assert.ok(BigInt(anew.out_trade_no) > BigInt(out_trade_no), 'no number is made again');
      }

      await system.turnClocks(nextInBeijing(await sandbox.now(), morningMs));
      await compare(operator, beijingDate(noonMs));
      const { transaction_id } = await sandbox.trade(lost.out_trade_no);
      const told = await isTold(operator, lost, 'bill-channel-only');
      assert.deepEqual([told.transaction_id, told.total_fee], [transaction_id, 6_810]);
      assert.match(told.err_code_des ?? '', /^bill of .*, bill: 6810 fen SUCCESS$/);
      await isTold(operator, lostUnpaid, 'bill-channel-only');
      await isTold(operator, all.paidToo, 'refund-elsewhere');
      await isBack(all.paidToo, 500);
      assert.deepEqual(await there(), before);
    });

    if (stores !== 'sqlite') return;
    it('after a clean stop the one file is all', async () => {
      const { order } = of();
      const [, file = ''] = /^sqlite:(.*)$/.exec(order.env.DATABASE_URL ?? '') ?? [];
      const count = 'SELECT COUNT(*) AS count FROM tb_pay_event';
      await paid(of());
      await order.stop();
      const wal = `${file}-wal`;
      assert.ok(!existsSync(wal) || statSync(wal).size === 0);
      copyFileSync(file, `${file}-copy`);
      const copy = new SqliteFile(`${file}-copy`);
      const rows = copy.prepare(count).all([]);
      copy.close();
      assert.deepEqual(rows, await of().rows(count));
      await order.start();
    });
  });
}
