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
  },
  checkout: {
    'SELECT * FROM tb_item WHERE item_id IN (?)': 'PRIMARY',
    'SELECT * FROM tb_item WHERE item_id IN (?, ?, ?)': 'PRIMARY',
  },
  'the code to pay by': {
    [`SELECT * FROM tb_paylog WHERE ((user_id = ?) AND (trade_state = ?))
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
};

const onOneLine = ([statement, index]: [string, string]) => [statement.replace(/\s+/g, ' '), index];

/** A test compares them with what a MariaDB says. */
export const plans: Plans = Object.fromEntries(
  Object.entries(byWork).map(([work, found]) => [
    work,
    Object.fromEntries(Object.entries(found).map(onOneLine)),
  ]),
);
