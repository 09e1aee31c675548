import type { Mariadb } from '../../test/support/mariadb';

/** Rows that no checkout made: `count` payments of so many orders each, with one line each. */
export interface Fill {
  readonly count: number;
  readonly ordersEach: number;
  /** The first digits of every number, at most four: they keep one filling apart from another. */
  readonly prefix: string;
  readonly state: '0' | '1';
  /** How many users they are shared out to. */
  readonly users: number;
  /** When the first was paid, in UTC; as 2026 began if absent. */
  readonly from?: string;
  /** One was paid every so many seconds from then on; every second if absent. */
  readonly everySeconds?: number;
}

/** The number of the payment at this place, from 0; numbers grow with it. */
export function numberOf({ prefix }: Pick<Fill, 'prefix'>, index: number): string {
  return `${prefix}${String(index).padStart(14, '0')}`;
}

/** A payment's number, and when it was paid, in SQL that has its place as `p.seq`. */
export function paidSql({
  prefix,
  from = '2026-01-01',
  everySeconds = 1,
}: Pick<Fill, 'prefix' | 'from' | 'everySeconds'>) {
  return {
    number: `CONCAT('${prefix}', LPAD(p.seq, 14, '0'))`,
    time: `TIMESTAMP('${from}') + INTERVAL p.seq * ${everySeconds} SECOND`,
  };
}

/** Fills the tables by SQL alone. Each order costs 1,000 fen. */
export async function fill(mariadb: Mariadb, database: string, rows: Fill): Promise<void> {
  const { count, ordersEach, prefix, state, users } = rows;
  const { number, time: paidTime } = paidSql(rows);
  const order = `CONCAT('${prefix}', LPAD(p.seq * ${ordersEach} + o.seq, 15, '0'))`;
  const user = `CONCAT('filled-', p.seq % ${users})`;
  const paid = state === '1';
  // What is unpaid has its life before it.
  const phone = `CONCAT('138', LPAD(p.seq % ${users}, 8, '0'))`;
  const time = paid ? paidTime : 'UTC_TIMESTAMP(3)';
  const payments = `seq_0_to_${count - 1} p`;
  const orders = `${payments} JOIN seq_0_to_${ordersEach - 1} o`;
  const inserts = [
    `INSERT INTO tb_paylog (out_trade_no, user_id, create_time, pay_time, total_fee, refund_fee,
      reserved_fee, transaction_id, trade_state, pay_type, order_list, next_look_time)
      SELECT ${number}, ${user}, ${time}, ${paid ? time : 'NULL'}, ${ordersEach * 1_000}, 0, 0,
        ${paid ? `CONCAT('42', ${number})` : 'NULL'}, '${state}', '1',
        ${ordersEach === 1 ? order.replaceAll('o.seq', '0') : listOf(order, ordersEach)},
        ${paid ? 'NULL' : 'UTC_TIMESTAMP(3) + INTERVAL 20 MINUTE'} FROM ${payments}`,
    `INSERT INTO tb_order (order_id, user_id, seller_id, out_trade_no, cart_id, payment,
      payment_type, status, create_time, payment_time, receiver_name, receiver_mobile,
      receiver_phone, receiver_address)
      SELECT ${order}, ${user}, 'chaye', ${number}, ${order}, 1000, '1', '${paid ? 2 : 1}',
        ${time}, ${paid ? time : 'NULL'}, '王小明', ${phone}, ${phone}, '北京市海淀区 1 号'
      FROM ${orders}`,
    `INSERT INTO tb_order_item (order_id, item_id, seller_id, title, price, num, total_fee)
      SELECT ${order}, '1001', 'chaye', '龙井茶 250 g · Longjing tea', 1000, 1, 1000
      FROM ${orders}`,
  ];
  // Without these checks an empty table is loaded in bulk, each index sorted first.
  const bulk = 'SET group_concat_max_len = 1000000, unique_checks = 0, foreign_key_checks = 0';
  await Promise.all(inserts.map((insert) => mariadb.run([bulk, insert], { database })));
  await mariadb.query('ANALYZE TABLE tb_paylog, tb_order, tb_order_item', { database });
}

function listOf(order: string, ordersEach: number): string {
  return `(SELECT GROUP_CONCAT(${order} ORDER BY o.seq) FROM seq_0_to_${ordersEach - 1} o)`;
}
