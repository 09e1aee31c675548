import assert from 'node:assert/strict';
import test from 'node:test';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { FindingRow, ReconciliationRow } from '../reconcile/reconciliation.entity';
import { migrate } from './migrate';
import {
  ClosedStaysClosed1700000000004,
  LivesOfPayments1700000000011,
  LongUserIds1700000000005,
  migrations,
  ReplacedBills1700000000018,
} from './migrations';
import { onEachDatabase } from './spec-kit';

onEachDatabase('migrations', (bench) => {
  test('lead to exactly the tables that the code sees', async () => {
    const { source } = await bench.migrated();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assert.deepEqual(
      upQueries.map(({ query }) => query),
      [],
    );
  });

  test('can be repeated, and lose no row', async () => {
    const { source } = await bench.migrated();
    const insert = "INSERT INTO tb_worker VALUES (7, 'somebody', '2026-01-01 00:00:00.000')";
    await source.query(insert);
    await migrate(source);
    const again = await bench.source(
      source.options.type === 'mariadb'
        ? { kind: 'mariadb', url: bench.mariadb.url(String(source.options.database)) }
        : { kind: 'sqlite', file: String(source.options.database) },
    );
    await migrate(again);
    const rows = await again.query('SELECT worker_id FROM tb_worker');
    assert.deepEqual([...rows], [{ worker_id: 7 }]);
    assert.equal((await again.query('SELECT * FROM migrations')).length, migrations.length);
  });

  test('can be taken back', async () => {
    const { source } = await bench.migrated();
    for (const _ of migrations) await source.undoLastMigration({ transaction: 'none' });
    await migrate(source);
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assert.equal(upQueries.length, 0);
  });

  test('close again what late money had made a refunded payment, and nothing else', async () => {
    const { source } = await bench.migrated();
    const states = [
      { out_trade_no: '1', trade_state: '3', orders: ['6', '6'], refund_fee: 100, after: '2' },
      { out_trade_no: '2', trade_state: '3', orders: ['2', '2'], refund_fee: 100, after: '3' },
      // Somebody closed one of the paid orders by hand.
      { out_trade_no: '3', trade_state: '3', orders: ['6', '2'], refund_fee: 50, after: '3' },
      { out_trade_no: '4', trade_state: '1', orders: ['2', '2'], refund_fee: 0, after: '1' },
      { out_trade_no: '5', trade_state: '2', orders: ['6', '6'], refund_fee: 0, after: '2' },
      { out_trade_no: '6', trade_state: '0', orders: ['1', '1'], refund_fee: 0, after: '0' },
    ] as const;
    for (const { out_trade_no, trade_state, orders, refund_fee } of states) {
      await source.manager.insert(PayLogRow, {
        ...{ out_trade_no, trade_state, refund_fee, user_id: 'anna', order_list: '' },
        ...{ total_fee: 100, reserved_fee: refund_fee, pay_type: '1', create_time: new Date() },
      });
      for (const [index, status] of orders.entries()) {
        const order_id = `${out_trade_no}${index}`;
        await source.manager.insert(OrderRow, {
          ...{ order_id, out_trade_no, status, user_id: 'anna', seller_id: 's', payment: 50 },
          ...{ cart_id: order_id, payment_type: '1', create_time: new Date() },
          ...{ receiver_name: 'a', receiver_mobile: '1', receiver_address: 'b' },
        });
      }
    }
    const found = async () => {
      const rows = await source.manager.find(PayLogRow, { order: { out_trade_no: 'ASC' } });
      return rows.map(({ trade_state }) => trade_state);
    };
    const { name } = ClosedStaysClosed1700000000004;
    // Twice: as it comes to rows of before, and again after it died before it was noted down.
    for (const _ of [1, 2]) {
      await source.query(`DELETE FROM migrations WHERE name = '${name}'`);
      assert.deepEqual(await migrate(source), [name]);
      assert.deepEqual(
        await found(),
        states.map(({ after }) => after),
      );
    }
  });

  test('keep how long older payments live, and which of them have other money', async () => {
    const { source } = await bench.migrated();
    const step = source.migrations.find((one) => one instanceof LivesOfPayments1700000000011);
    assert.ok(step);
    const runner = source.createQueryRunner();
    await step.down(runner);
    await runner.release();
    const moment = '2026-01-01 00:00:00.000';
    const told = [
      { out_trade_no: '1', trade_state: '0', kind: 'other-amount', isHeld: true },
      { out_trade_no: '2', trade_state: '0', kind: 'code-refused', isHeld: false },
      { out_trade_no: '3', trade_state: '1', kind: 'other-amount', isHeld: false },
    ];
    for (const { out_trade_no, trade_state, kind } of told) {
      await source.query(
        `INSERT INTO tb_paylog (out_trade_no, user_id, create_time, total_fee, refund_fee,
            reserved_fee, trade_state, pay_type, order_list)
          VALUES (?, 'anna', '${moment}', 1, 0, 0, ?, '1', '1')`,
        [out_trade_no, trade_state],
      );
      await source.query(
        `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee,
            fee_type, state, note, create_time)
          VALUES (?, ?, '', ?, 1, 'CNY', 'OPEN', '', '${moment}')`,
        [out_trade_no, out_trade_no, kind],
      );
    }
    // Twice: a server does not undo what a migration that died has done.
    for (const _ of [1, 2]) {
      await source.query(`DELETE FROM migrations WHERE name = '${step.constructor.name}'`);
      await migrate(source, 600_000);
      const rows = await source.manager.find(PayLogRow, { order: { out_trade_no: 'ASC' } });
      assert.deepEqual(
        rows.map(({ ttl_ms, misplaced_time }) => [ttl_ms, misplaced_time !== null]),
        told.map(({ isHeld }) => [600_000, isHeld]),
      );
    }
  });

  test('keep of which file a finding is, and take back what has ended since', async () => {
    const { source } = await bench.migrated();
    const step = new ReplacedBills1700000000018();
    const runner = source.createQueryRunner();
    const day = ReconciliationRow.wanted('2026-11-24', new Date());
    const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
    await source.manager.insert(ReconciliationRow, { ...day, bill_hash });
    const insert = (finding_id: string, facts: Partial<FindingRow>) =>
      source.manager.insert(FindingRow, {
        ...{ finding_id, day: day.day, kind: 'AMOUNT', out_trade_no: finding_id },
        ...{ out_refund_no: '', transaction_id: '', done: '', create_time: new Date(), ...facts },
      });
    await insert('1', { bill: '{}' });
    await insert('2', { bill: null });
    await insert('3', { ended: 'the bill has it' });
    await step.down(runner);
    // Twice: a server does not undo what a migration that died has done.
    for (const _ of [1, 2]) await step.up(runner);
    await runner.release();
    const rows = await source.manager.find(FindingRow, { order: { finding_id: 'ASC' } });
    assert.deepEqual(
      rows.map((row) => [row.finding_id, row.bill_hash, row.ended]),
      [
        ['1', bill_hash, null],
        ['2', null, null],
      ],
    );
  });

  test('make a name longer without losing what stands there', async () => {
    const { source } = await bench.migrated();
    const insert = (user_id: string, key: string) => {
      const values = [user_id, key, 'hash', '', '2026-01-01 00:00:00.000'];
      return source.query('INSERT INTO tb_idempotency VALUES (?, ?, ?, ?, ?)', values);
    };
    const runner = source.createQueryRunner();
    const step = new LongUserIds1700000000005();
    await step.down(runner);
    await insert('anna', '1');
    await insert('Anna ', '1');
    // Twice: a server does not undo what a migration that died has done.
    for (const _ of [1, 2]) await step.up(runner);
    await runner.release();
    await insert('𠮷'.repeat(255), '2');
    const rows: { user_id: string }[] = await source.query('SELECT user_id FROM tb_idempotency');
    const names = rows.map(({ user_id }) => user_id).sort();
    assert.deepEqual(names, ['Anna ', 'anna', '𠮷'.repeat(255)]);
    await assert.rejects(insert('anna', '1'), /unique|duplicate/i);
  });

  if (bench.kind === 'sqlite') return;

  test('run from five hosts at once happen once', async () => {
    const address = await bench.newAddress();
    const hosts = await Promise.all([1, 2, 3, 4, 5].map(() => bench.source(address)));
    await Promise.all(hosts.map((source) => migrate(source)));
    const [source] = hosts;
    assert.equal((await source?.query('SELECT * FROM migrations'))?.length, migrations.length);
  });

  test('are finished by the next host after one died in the middle', async () => {
    const { source } = await bench.migrated();
    const address = {
      kind: 'mariadb',
      url: bench.mariadb.url(`${source.options.database}`),
    } as const;
    await source.query('DROP TABLE tb_worker, tb_paylog');
    await source.query('DELETE FROM migrations');
    const next = await bench.source(address);
    await migrate(next);
    assert.equal((await next.driver.createSchemaBuilder().log()).upQueries.length, 0);
  });

  for (const charset of ['latin1', 'utf8mb4 COLLATE utf8mb4_general_ci']) {
    test(`give every text the exact collation in a database of ${charset}`, async () => {
      const address = await bench.newAddress();
      const source = await bench.source(address);
      await source.query(`ALTER DATABASE ${source.options.database} CHARACTER SET ${charset}`);
      await migrate(source);
      const columns = await source.query(
        `SELECT DISTINCT collation_name AS name FROM information_schema.columns
          WHERE table_schema = DATABASE() AND table_name LIKE 'tb!_%' ESCAPE '!'
          AND collation_name IS NOT NULL`,
      );
      assert.deepEqual(
        columns.map((row: { name: string }) => row.name),
        ['utf8mb4_nopad_bin'],
      );
      assert.equal((await source.driver.createSchemaBuilder().log()).upQueries.length, 0);
    });
  }
});
