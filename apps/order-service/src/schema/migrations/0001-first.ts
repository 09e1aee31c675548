import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { createTables, fen, key, moment, optional, text, varchar } from './tables';

const tables = [
  new Table({
    name: 'tb_item',
    columns: [
      varchar('item_id', 20, key),
      varchar('seller_id', 64),
      varchar('title', 200),
      fen('price'),
      varchar('image', 500, { default: "''" }),
    ],
  }),
  new Table({
    name: 'tb_order',
    columns: [
      varchar('order_id', 20, key),
      varchar('user_id', 64),
      varchar('seller_id', 64),
      varchar('out_trade_no', 30, optional),
      varchar('cart_id', 36),
      fen('payment'),
      varchar('payment_type', 1),
      varchar('status', 1),
      moment('create_time'),
      moment('payment_time', optional),
      varchar('receiver_name', 64),
      varchar('receiver_mobile', 32),
      varchar('receiver_address', 200),
    ],
    indices: [
      { name: 'tb_order_by_user', columnNames: ['user_id', 'order_id'] },
      { name: 'tb_order_by_payment', columnNames: ['out_trade_no'] },
      { name: 'tb_order_by_cart', columnNames: ['cart_id'], isUnique: true },
    ],
  }),
  new Table({
    name: 'tb_order_item',
    columns: [
      varchar('order_id', 20, key),
      varchar('item_id', 20, key),
      varchar('seller_id', 64),
      varchar('title', 200),
      fen('price'),
      { name: 'num', type: 'int' },
      fen('total_fee'),
    ],
  }),
  new Table({
    name: 'tb_idempotency',
    columns: [
      varchar('user_id', 64, key),
      varchar('idempotency_key', 64, key),
      varchar('request_hash', 64),
      text('answer'),
      moment('create_time'),
    ],
  }),
  new Table({
    name: 'tb_paylog',
    columns: [
      varchar('out_trade_no', 30, key),
      varchar('user_id', 64),
      moment('create_time'),
      moment('pay_time', optional),
      fen('total_fee'),
      fen('refund_fee'),
      fen('reserved_fee'),
      varchar('transaction_id', 32, optional),
      varchar('trade_state', 1),
      varchar('pay_type', 1),
      text('order_list'),
      text('native_request', optional),
      moment('native_time', optional),
      varchar('code_url', 64, optional),
      moment('code_expire_time', optional),
      moment('first_code_time', optional),
      varchar('attempt', 20, optional),
      moment('attempt_until_time', optional),
      moment('asked_time', optional),
      varchar('told_state', 64, optional),
      moment('close_wish_time', optional),
      moment('next_look_time', optional),
    ],
    indices: [
      { name: 'tb_paylog_by_user', columnNames: ['user_id', 'out_trade_no'] },
      { name: 'tb_paylog_by_look', columnNames: ['trade_state', 'next_look_time'] },
      { name: 'tb_paylog_by_transaction', columnNames: ['transaction_id'], isUnique: true },
    ],
  }),
  new Table({
    name: 'tb_worker',
    columns: [
      { name: 'worker_id', type: 'int', isPrimary: true },
      varchar('owner', 36),
      moment('expire_time'),
    ],
  }),
];

/** The first tables: what is sold, ordered and paid. */
export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createTables(runner, tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table.name, true);
  }
}
