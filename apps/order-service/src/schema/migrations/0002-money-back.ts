import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTables, fen, key, moment, optional, text, varchar } from './tables';

const tables = [
  new Table({
    name: 'tb_refund',
    columns: [
      varchar('out_refund_no', 64, key),
      varchar('out_trade_no', 32),
      varchar('transaction_id', 32),
      fen('total_fee'),
      fen('refund_fee'),
      varchar('status', 16),
      varchar('reason', 80),
      varchar('cause', 32),
      varchar('refund_id', 32, optional),
      moment('create_time'),
      moment('accept_time', optional),
      moment('success_time', optional),
      moment('next_look_time', optional),
    ],
    indices: [
      { name: 'tb_refund_by_payment', columnNames: ['out_trade_no'] },
      { name: 'tb_refund_by_look', columnNames: ['status', 'next_look_time'] },
    ],
  }),
  new Table({
    name: 'tb_anomaly',
    columns: [
      varchar('anomaly_id', 20, key),
      varchar('out_trade_no', 32),
      varchar('transaction_id', 64),
      varchar('kind', 32),
      fen('total_fee'),
      varchar('fee_type', 16),
      varchar('state', 8),
      varchar('note', 200),
      varchar('resolved_by', 64, optional),
      moment('resolved_time', optional),
      moment('create_time'),
    ],
    indices: [
      {
        name: 'tb_anomaly_by_news',
        columnNames: ['out_trade_no', 'transaction_id', 'kind'],
        isUnique: true,
      },
      { name: 'tb_anomaly_by_state', columnNames: ['state', 'anomaly_id'] },
    ],
  }),
  new Table({
    name: 'tb_pay_event',
    columns: [
      varchar('event_id', 20, key),
      varchar('out_trade_no', 32),
      varchar('kind', 32),
      varchar('actor', 80),
      moment('create_time'),
      text('detail'),
    ],
    indices: [{ name: 'tb_pay_event_by_payment', columnNames: ['out_trade_no', 'event_id'] }],
  }),
  new Table({
    name: 'tb_outbox',
    columns: [
      varchar('event_id', 20, key),
      varchar('out_trade_no', 30),
      varchar('type', 32),
      text('payload'),
      varchar('state', 16),
      { name: 'tries', type: 'int' },
      moment('create_time'),
      moment('next_try_time', optional),
      varchar('last_error', 200, optional),
    ],
    indices: [
      { name: 'tb_outbox_by_try', columnNames: ['state', 'next_try_time'] },
      { name: 'tb_outbox_by_payment', columnNames: ['out_trade_no', 'event_id'] },
    ],
  }),
];

/** Money that goes back or has no home, the timeline of payments, and messages to the shop. */
export class MoneyBack1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table.name, true);
  }
}
