import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import {
  addColumns,
  changeIndices,
  createTables,
  dropColumns,
  key,
  moment,
  optional,
  reversed,
  text,
  varchar,
} from './tables';

const tables = [
  new Table({
    name: 'tb_reconciliation',
    columns: [
      varchar('day', 10, key),
      varchar('state', 16),
      varchar('bill_hash', 40, optional),
      { name: 'bill_rows', type: 'int' },
      { name: 'next_row', type: 'int', ...optional },
      text('totals', optional),
      text('fundflow', optional),
      moment('wanted_time', optional),
      moment('compared_time', optional),
      moment('kept_time', optional),
      varchar('reason', 200, optional),
      varchar('attempt', 20, optional),
      moment('next_try_time', optional),
    ],
    indices: [{ name: 'tb_reconciliation_by_due_time', columnNames: ['next_try_time'] }],
  }),
  new Table({
    name: 'tb_reconciliation_finding',
    columns: [
      varchar('finding_id', 20, key),
      varchar('day', 10),
      varchar('kind', 24),
      varchar('out_trade_no', 64),
      varchar('out_refund_no', 64),
      varchar('transaction_id', 64),
      text('bill', optional),
      text('ours', optional),
      varchar('done', 200),
      moment('done_time', optional),
      moment('create_time'),
    ],
    indices: [
      { name: 'tb_reconciliation_finding_by_day', columnNames: ['day', 'finding_id'] },
      {
        name: 'tb_reconciliation_finding_by_news',
        columnNames: ['day', 'kind', 'out_trade_no', 'out_refund_no', 'transaction_id'],
        isUnique: true,
      },
    ],
  }),
  new Table({
    name: 'tb_bill_file',
    columns: [
      varchar('day', 10, key),
      varchar('kind', 8, key),
      { name: 'piece', type: 'int', ...key },
      varchar('bill_hash', 40),
      { name: 'bytes', type: 'blob' },
    ],
  }),
];

const shownBy = [varchar('bill_day', 10, optional)];
const columns = [
  { table: 'tb_paylog', columns: shownBy },
  { table: 'tb_refund', columns: shownBy },
];
const indices = [
  {
    table: 'tb_paylog',
    old: [],
    new: [{ name: 'tb_paylog_by_bill', columnNames: ['bill_day', 'pay_time'] }],
  },
  {
    table: 'tb_refund',
    old: [],
    new: [{ name: 'tb_refund_by_bill', columnNames: ['bill_day', 'accept_time'] }],
  },
];

/** Our books beside WeChat's bill: days, what was found, the raw files, and who was shown where. */
export class Reconciliation1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, tables);
    for (const later of columns) await addColumns(runner, later);
    for (const later of indices) await changeIndices(runner, later);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const later of indices) await changeIndices(runner, reversed(later));
    for (const later of columns) await dropColumns(runner, later);
    for (const table of [...tables].reverse()) await runner.dropTable(table.name, true);
  }
}
