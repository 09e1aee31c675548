/**
 * By each piece of work that must stay quick however many rows there are: its statements, as they
 * are sent but without quotes, aliases and the columns that they read or set; and the index by
 * which each of their tables is entered.
 */
export type Plans = Readonly<Record<string, Readonly<Record<string, string>>>>;

const byWork: Plans = {
  "the watcher's tick": {
    [`SELECT * FROM tb_paylog WHERE ((trade_state IN (?, ?)) AND (next_look_time <= ?))
      ORDER BY next_look_time ASC LIMIT 20 FOR UPDATE SKIP LOCKED`]: 'tb_paylog_by_due_time',
    [`SELECT * FROM tb_refund WHERE ((status = ?) AND (next_look_time <= ?))
      ORDER BY next_look_time ASC LIMIT 10 FOR UPDATE SKIP LOCKED`]: 'tb_refund_by_look',
    [`SELECT * FROM tb_outbox WHERE ((state = ?) AND (next_try_time <= ?))
      ORDER BY next_try_time ASC LIMIT 10 FOR UPDATE SKIP LOCKED`]: 'tb_outbox_by_try',
    [`SELECT * FROM tb_reconciliation WHERE ((next_try_time <= ?))
      ORDER BY next_try_time ASC LIMIT 1 FOR UPDATE SKIP LOCKED`]: 'tb_reconciliation_by_due_time',
  },
  checkout: {
    'SELECT * FROM tb_item WHERE item_id IN (?)': 'PRIMARY',
    'SELECT * FROM tb_item WHERE item_id IN (?, ?, ?)': 'PRIMARY',
  },
  'the code to pay by': {
    [`SELECT * FROM tb_paylog
      WHERE ((user_id = ?) AND (trade_state = ?) AND (close_wish_time IS NULL)
        AND (misplaced_time IS NULL))
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 1`]: 'tb_paylog_by_user_and_time',
    [`UPDATE tb_paylog SET ... WHERE out_trade_no = ? AND trade_state = '0'
      AND close_wish_time IS NULL AND misplaced_time IS NULL AND COALESCE(native_request, '') = ?
      AND (native_request = ? OR first_code_time IS NULL)
      AND (attempt IS NULL OR attempt = ?
        OR NOT (attempt_until_time > ? AND attempt_until_time <= ?))
      AND (code_url IS NULL OR NOT (code_expire_time > ? AND code_expire_time <= ?))`]: 'PRIMARY',
    [`UPDATE tb_paylog SET ... WHERE out_trade_no = ? AND attempt = ? AND trade_state = '0'
      AND close_wish_time IS NULL AND misplaced_time IS NULL AND code_expire_time > ?
      AND refused_until_time IS NULL AND code_unknown_time IS NULL`]: 'PRIMARY',
    'SELECT * FROM tb_paylog WHERE out_trade_no = ?': 'PRIMARY',
  },
  settlement: {
    [`UPDATE tb_paylog SET ... WHERE out_trade_no = ? AND trade_state = '0' AND total_fee = ?
      AND NOT EXISTS (SELECT 1 FROM tb_refund
      WHERE transaction_id = ? AND out_trade_no <> ?)`]: 'PRIMARY; tb_refund_by_transaction',
    "UPDATE tb_order SET ... WHERE out_trade_no = ? AND status = '1'": 'tb_order_by_payment',
    'SELECT * FROM tb_paylog WHERE out_trade_no = ?': 'PRIMARY',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no = ?)) LIMIT 1': 'PRIMARY',
  },
  'whether it is paid': {
    'SELECT * FROM tb_paylog WHERE out_trade_no = ?': 'PRIMARY',
    'SELECT * FROM tb_paylog WHERE out_trade_no IN (?, ?)': 'PRIMARY',
  },
  'GET /api/payments': {
    [`SELECT * FROM tb_paylog WHERE user_id = ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'tb_paylog_by_user_and_time',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no = ?) AND (user_id = ?)) LIMIT 1': 'PRIMARY',
    [`SELECT * FROM tb_paylog WHERE user_id = ?
      AND create_time <= ? AND (create_time < ? OR out_trade_no < ?)
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'tb_paylog_by_user_and_time',
  },
  "a shop's own order": {
    [`SELECT * FROM tb_paylog WHERE out_trade_no =
      (SELECT out_trade_no FROM tb_merchant_order WHERE shop = ? AND merchant_order_no = ?)`]:
      'PRIMARY; PRIMARY',
    [`UPDATE tb_merchant_order SET ...
      WHERE shop = ? AND merchant_order_no = ? AND out_trade_no = ?
      AND EXISTS (SELECT 1 FROM tb_paylog WHERE out_trade_no = ? AND trade_state = '2' AND
      CASE WHEN transaction_id IS NULL THEN misplaced_time IS NULL
      ELSE refund_fee >= total_fee END)`]: 'PRIMARY; PRIMARY',
    'SELECT * FROM tb_paylog WHERE out_trade_no = ?': 'PRIMARY',
    'UPDATE tb_paylog SET ... WHERE out_trade_no = ?': 'PRIMARY',
    [`SELECT * FROM tb_merchant_order WHERE ((shop = ?) AND (merchant_order_no = ?))
      LIMIT 1 FOR UPDATE`]: 'PRIMARY',
    'SELECT * FROM tb_pay_key WHERE ((out_trade_no = ?))': 'PRIMARY',
    [`SELECT * FROM tb_paylog WHERE shop = ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'tb_paylog_by_shop_and_time',
    [`SELECT * FROM tb_paylog WHERE user_id = ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'tb_paylog_by_user_and_time',
    [`SELECT * FROM tb_paylog WHERE shop = ? AND out_trade_no =
      (SELECT out_trade_no FROM tb_merchant_order WHERE shop = ? AND merchant_order_no = ?)
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'PRIMARY; PRIMARY',
    [`SELECT * FROM tb_paylog WHERE user_id = ? AND out_trade_no =
      (SELECT out_trade_no FROM tb_merchant_order WHERE shop = ? AND merchant_order_no = ?)
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 21`]: 'PRIMARY; PRIMARY',
  },
  'a page of the catalogue': {
    [`SELECT * FROM tb_item WHERE on_sale = '1' AND item_id > ?
      ORDER BY item_id LIMIT 501`]: 'tb_item_by_sale',
  },
  'what the metrics read': {
    [`SELECT * FROM tb_anomaly WHERE ((state = ?))
      ORDER BY anomaly_id DESC LIMIT 200`]: 'tb_anomaly_by_state',
    [`SELECT * FROM tb_paylog WHERE ((trade_state IN (?, ?)) AND (next_look_time <= ?))
      ORDER BY next_look_time ASC LIMIT 1`]: 'tb_paylog_by_due_time',
    [`SELECT * FROM tb_refund WHERE ((status = ?) AND (next_look_time <= ?))
      ORDER BY next_look_time ASC LIMIT 1`]: 'tb_refund_by_look',
    [`SELECT * FROM tb_outbox WHERE ((state = ?) AND (next_try_time <= ?))
      ORDER BY next_try_time ASC LIMIT 1`]: 'tb_outbox_by_try',
    [`SELECT * FROM tb_reconciliation WHERE ((next_try_time <= ?))
      ORDER BY next_try_time ASC LIMIT 1`]: 'tb_reconciliation_by_due_time',
    [`SELECT * FROM tb_paylog WHERE ((trade_state = ?))
      ORDER BY create_time ASC, out_trade_no ASC LIMIT 200`]: 'tb_paylog_by_state_and_time',
    [`SELECT * FROM tb_outbox WHERE ((state = ?))
      ORDER BY next_try_time ASC LIMIT 200`]: 'tb_outbox_by_try',
    [`SELECT * FROM tb_outbox WHERE ((state = ?))
      ORDER BY next_try_time DESC LIMIT 200`]: 'tb_outbox_by_try',
    [`SELECT * FROM tb_refund WHERE ((status = ?))
      ORDER BY next_look_time ASC LIMIT 200`]: 'tb_refund_by_look',
    [`SELECT * FROM tb_refund WHERE ((status = ?))
      ORDER BY next_look_time DESC LIMIT 200`]: 'tb_refund_by_look',
    [`SELECT * FROM tb_reconciliation WHERE ((day >= ?))
      ORDER BY ReconciliationRow_day DESC LIMIT 200`]: 'PRIMARY',
  },
  "an operator's search": {
    [`SELECT * FROM tb_paylog
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 51`]: 'tb_paylog_by_time',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no = ?)) LIMIT 1': 'PRIMARY',
    [`SELECT * FROM tb_paylog
      WHERE create_time <= ? AND (create_time < ? OR out_trade_no < ?)
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 51`]: 'tb_paylog_by_time',
    [`SELECT * FROM tb_paylog WHERE trade_state = ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 51`]: 'tb_paylog_by_state_and_time',
    [`SELECT * FROM tb_paylog WHERE create_time >= ? AND create_time < ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 51`]: 'tb_paylog_by_time',
    [`SELECT * FROM tb_paylog WHERE trade_state = ? AND create_time >= ? AND create_time < ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 51`]: 'tb_paylog_by_state_and_time',
  },
  'an operator looks for a number, a user or a phone': {
    [`SELECT * FROM tb_paylog WHERE out_trade_no IN (?, ?)
      UNION ALL SELECT out_trade_no FROM tb_paylog WHERE transaction_id IN (?, ?)
      UNION ALL SELECT out_trade_no FROM tb_paylog WHERE merchant_order_no = ?
      UNION ALL SELECT out_trade_no FROM tb_order
        WHERE order_id IN (?, ?) AND out_trade_no IS NOT NULL
      UNION ALL SELECT out_trade_no FROM tb_refund WHERE out_refund_no IN (?, ?)
      UNION ALL SELECT out_trade_no FROM tb_refund WHERE transaction_id IN (?, ?)
      UNION ALL SELECT out_trade_no FROM tb_anomaly WHERE transaction_id IN (?, ?) LIMIT 100`]:
      'a unique key; a unique key; tb_paylog_by_merchant_order_no; a unique key; a unique key; ' +
      'tb_refund_by_transaction; tb_anomaly_by_transaction',
    [`SELECT * FROM tb_order WHERE receiver_phone = ? AND out_trade_no IS NOT NULL
      GROUP BY create_time, out_trade_no
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 2`]: 'tb_order_by_phone',
    [`SELECT * FROM tb_order WHERE receiver_phone = ? AND out_trade_no IS NOT NULL
      AND create_time <= ? AND (create_time < ? OR out_trade_no < ?)
      AND EXISTS (SELECT 1 FROM tb_paylog p WHERE out_trade_no = out_trade_no AND trade_state = ?)
      AND create_time >= ? AND create_time < ? GROUP BY create_time, out_trade_no
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 2`]: 'tb_order_by_phone; PRIMARY',
    'SELECT * FROM tb_paylog WHERE out_trade_no IN (?, ?)': 'PRIMARY',
    [`SELECT * FROM tb_paylog WHERE out_trade_no IN (?, ?)
      AND create_time <= ? AND (create_time < ? OR out_trade_no < ?)
      AND trade_state = ? AND create_time >= ? AND create_time < ?`]: 'PRIMARY',
    [`SELECT * FROM tb_paylog WHERE user_id = ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 2`]: 'tb_paylog_by_user_and_time',
    [`SELECT * FROM tb_paylog WHERE user_id = ?
      AND create_time <= ? AND (create_time < ? OR out_trade_no < ?)
      AND trade_state = ? AND create_time >= ? AND create_time < ?
      ORDER BY create_time DESC, out_trade_no DESC LIMIT 2`]: 'tb_paylog_by_user_and_time',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no = ?)) LIMIT 1': 'PRIMARY',
  },
  // The lines of one page of orders are sorted, however many orders there are.
  "an operator's list of orders": {
    'SELECT * FROM tb_order ORDER BY order_id DESC LIMIT 3': 'PRIMARY',
    'SELECT * FROM tb_order WHERE ((order_id < ?)) ORDER BY order_id DESC LIMIT 3': 'PRIMARY',
    [`SELECT * FROM tb_order WHERE ((user_id = ?) AND (order_id < ?))
      ORDER BY order_id DESC LIMIT 3`]: 'tb_order_by_user',
    [`SELECT * FROM tb_order WHERE ((out_trade_no = ?))
      ORDER BY order_id DESC LIMIT 3`]: 'tb_order_by_payment',
    'SELECT * FROM tb_order WHERE ((order_id = ?)) LIMIT 1': 'PRIMARY',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no IN (?)))': 'PRIMARY',
    'SELECT * FROM tb_paylog WHERE ((out_trade_no IN (?, ?)))': 'PRIMARY',
    [`SELECT * FROM tb_order_item WHERE ((order_id IN (?)))
      ORDER BY order_id DESC, item_id ASC LIMIT 1000`]: 'PRIMARY, filesort',
    [`SELECT * FROM tb_order_item WHERE ((order_id IN (?, ?)))
      ORDER BY order_id DESC, item_id ASC LIMIT 1000`]: 'PRIMARY, filesort',
  },
  'what went back of the orders of a payment': {
    'SELECT * FROM tb_order WHERE ((out_trade_no IN (?)))': 'tb_order_by_payment',
    'SELECT * FROM tb_refund WHERE ((out_trade_no IN (?)))': 'tb_refund_by_payment',
  },
  'who was forgotten and has come back': {
    [`SELECT * FROM tb_forgotten_user WHERE ((user_id > ?))
      ORDER BY user_id ASC LIMIT 100`]: 'PRIMARY',
    [`SELECT * FROM tb_forgotten_user WHERE user_id > ? AND user_id <= ?
      AND forgotten_time >= ( SELECT MIN(create_time) FROM tb_order o
      WHERE user_id = user_id AND receiver_address <> ?)`]: 'PRIMARY; tb_order_by_user',
  },
  'orders of an older release': {
    'SELECT * FROM tb_order WHERE ((receiver_phone IS NULL)) LIMIT 500': 'tb_order_by_phone',
  },
};

const onOneLine = ([statement, index]: [string, string]) => [statement.replace(/\s+/g, ' '), index];

/** A test compares them with what a MariaDB says. */
export const plans: Plans = Object.fromEntries(
  Object.entries(byWork).map(([work, found]) => [
    work,
    Object.fromEntries(Object.entries(found).map(onOneLine)),
  ]),
);
