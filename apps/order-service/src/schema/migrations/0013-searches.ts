import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns, changeIndices, dropColumns, optional, reversed, varchar } from './tables';

const phones = { table: 'tb_order', columns: [varchar('receiver_phone', 32, optional)] };

const indices = [
  {
    table: 'tb_order',
    old: [],
    new: [
      {
        name: 'tb_order_by_phone',
        columnNames: ['receiver_phone', 'create_time', 'out_trade_no'],
      },
    ],
  },
  {
    table: 'tb_anomaly',
    old: [],
    new: [{ name: 'tb_anomaly_by_transaction', columnNames: ['transaction_id'] }],
  },
];

/** An operator finds a payment by what a customer can name. */
export class Searches1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, phones);
    for (const later of indices) await changeIndices(runner, later);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const later of indices) await changeIndices(runner, reversed(later));
    await dropColumns(runner, phones);
  }
}
