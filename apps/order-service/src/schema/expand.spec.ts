import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { DataSource } from 'typeorm';
import { projectRoot } from '../../../../test/tidy/tree';
import { migrate } from './migrate';
import { onEachDatabase } from './spec-kit';

/** The last migration that the latest release has. */
const released = { version: '0.1.0', migration: 'LivesOfPayments1700000000011' };

interface Column {
  readonly type: string;
  readonly nullable: boolean;
  readonly filled: boolean;
}

/** Columns by `table.column`, and unique keys as `table(column,column)`. */
interface Shape {
  readonly tables: ReadonlySet<string>;
  readonly columns: ReadonlyMap<string, Column>;
  readonly uniqueKeys: ReadonlySet<string>;
}

async function shapeOf(source: DataSource): Promise<Shape> {
  const columns = await source.query(
    `SELECT table_name AS t, column_name AS c, column_type AS type, is_nullable AS nullable,
        column_default IS NOT NULL OR extra LIKE '%auto_increment%' AS filled
      FROM information_schema.columns WHERE table_schema = DATABASE()`,
  );
  const keys = await source.query(
    `SELECT table_name AS t, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS names
      FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0
      GROUP BY table_name, index_name`,
  );
  return {
    tables: new Set(columns.map(({ t }: { t: string }) => t)),
    columns: new Map(
      columns.map((row: Record<string, string>) => [
        `${row.t}.${row.c}`,
        { type: row.type, nullable: row.nullable === 'YES', filled: Number(row.filled) === 1 },
      ]),
    ),
    uniqueKeys: new Set(keys.map((row: Record<string, string>) => `${row.t}(${row.names})`)),
  };
}

const tableOf = (name: string) => name.split(/[.(]/)[0] ?? '';

const lengthOf = (type: string) => Number(/^varchar\(([0-9]+)\)$/.exec(type)?.[1]);
const fits = (then: string, now: string) => then === now || lengthOf(then) < lengthOf(now);

/** What a service of the latest release could not live with, beside services of this one. */
function narrowed(before: Shape, after: Shape): string[] {
  const found: string[] = [];
  for (const [name, then] of before.columns) {
    const now = after.columns.get(name);
    if (!now) found.push(`${name} is gone`);
    else if (!fits(then.type, now.type)) found.push(`${name} was ${then.type}, is ${now.type}`);
    else if (now.nullable && !then.nullable) found.push(`${name} may be null now`);
    else if (then.nullable && !now.nullable) found.push(`${name} must not be null any more`);
  }
  for (const [name, { nullable, filled }] of after.columns) {
    const isNew = !before.columns.has(name) && before.tables.has(tableOf(name));
    if (isNew && !nullable && !filled) found.push(`${name} is new and has no default`);
  }
  for (const key of after.uniqueKeys) {
    const isNew = !before.uniqueKeys.has(key) && before.tables.has(tableOf(key));
    if (isNew) found.push(`${key} must be unique now`);
  }
  for (const key of before.uniqueKeys) {
    if (!after.uniqueKeys.has(key)) found.push(`${key} need not be unique any more`);
  }
  return found;
}

test('the rule knows the latest release', () => {
  const changes = readFileSync(join(projectRoot(), 'CHANGELOG.md'), 'utf8');
  assert.equal(/^## ([0-9.]+) - /m.exec(changes)?.[1], released.version);
});

onEachDatabase('a service of the latest release can live beside this one', (bench) => {
  // Nobody shares an embedded database: its services are exchanged all at once.
  if (bench.kind === 'sqlite') return;

  test('the migrations since then only add', async () => {
    const { source } = await bench.migrated();
    const last = async () => {
      const [row] = await source.query('SELECT name FROM migrations ORDER BY id DESC LIMIT 1');
      return String(row?.name);
    };
    while ((await last()) !== released.migration) {
      await source.undoLastMigration({ transaction: 'none' });
    }
    const before = await shapeOf(source);
    await migrate(source);
    assert.deepEqual(narrowed(before, await shapeOf(source)), []);
  });

  const changes: Readonly<Record<string, readonly string[]>> = {
    'ADD shop_note varchar(20) NULL': [],
    "ADD shop_note varchar(20) NOT NULL DEFAULT ''": [],
    'MODIFY transaction_id varchar(64) NULL': [],
    'ADD shop_note varchar(20) NOT NULL': ['tb_paylog.shop_note is new and has no default'],
    'DROP COLUMN order_list': ['tb_paylog.order_list is gone'],
    'RENAME COLUMN pay_type TO kind': [
      'tb_paylog.pay_type is gone',
      'tb_paylog.kind is new and has no default',
    ],
    'MODIFY user_id varchar(64) NOT NULL': ['tb_paylog.user_id was varchar(255), is varchar(64)'],
    'MODIFY total_fee bigint NULL': ['tb_paylog.total_fee may be null now'],
    'MODIFY pay_time datetime(3) NOT NULL': ['tb_paylog.pay_time must not be null any more'],
    'ADD UNIQUE (user_id)': ['tb_paylog(user_id) must be unique now'],
    'DROP PRIMARY KEY': ['tb_paylog(out_trade_no) need not be unique any more'],
  };
  for (const [change, told] of Object.entries(changes)) {
    test(`${change}: ${told.length === 0 ? 'taken' : 'noticed'}`, async () => {
      const { source } = await bench.migrated();
      const before = await shapeOf(source);
      await source.query(`ALTER TABLE tb_paylog ${change}`);
      assert.deepEqual(narrowed(before, await shapeOf(source)), told);
    });
  }
});
