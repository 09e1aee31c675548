import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import {
  addColumns,
  changeIndices,
  createTables,
  dropColumns,
  key,
  optional,
  reversed,
  text,
  varchar,
} from './tables';

const shopOrders = {
  table: 'tb_paylog',
  columns: [
    varchar('shop', 255, optional),
    varchar('merchant_order_no', 64, optional),
    varchar('body', 127, optional),
    text('metadata', optional),
    varchar('return_url', 500, optional),
  ],
};

const indices = {
  table: 'tb_paylog',
  old: [],
  new: [
    { name: 'tb_paylog_by_shop_and_time', columnNames: ['shop', 'create_time', 'out_trade_no'] },
    { name: 'tb_paylog_by_merchant_order_no', columnNames: ['merchant_order_no'] },
  ],
};

const numbers = new Table({
  name: 'tb_merchant_order',
  columns: [
    varchar('shop', 255, key),
    varchar('merchant_order_no', 64, key),
    varchar('out_trade_no', 30),
  ],
});

const keys = new Table({
  name: 'tb_pay_key',
  columns: [varchar('out_trade_no', 30, key), varchar('pay_key_hash', 64, key)],
});

/** Payments for a shop's own orders, one at a time for each number, and the keys to pay them by. */
export class ShopOrders1700000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, shopOrders);
    await changeIndices(runner, indices);
    await createTables(runner, [numbers, keys]);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { name } of [numbers, keys]) await runner.dropTable(name, true);
    await changeIndices(runner, reversed(indices));
    await dropColumns(runner, shopOrders);
  }
}
