import { setTimeout as pause } from 'node:timers/promises';
import { ask, expected } from '../../test/support/http';
import type { Mariadb } from '../../test/support/mariadb';
import { fill, numberOf, paidSql } from '../support/fill';
import type { Report } from '../support/report';
import { compareSizes, get, type Operation, type Side } from '../support/two-sizes';

const paymentsPerUser = 50;
/** So far apart that a day has as many of them in both shops. */
const paid = { prefix: '1000', ordersEach: 1, state: '1', everySeconds: 9 } as const;
const day = '2026-01-01';
const thousandAt = `${day}T02:30:00Z`;
/** The figures of a day are kept for 5 s. */
const keptMsMax = 5_100;

/** What the console asks, beside few payments and beside very many. */
export function consoleQueries(): Promise<Report> {
  return compareSizes({
    few: 10_000,
    many: 1_000_000,
    ratioMax: 1.5,
    note:
      'each payment has an order with a line, six events and a message to the shop; of 1,000 ' +
      'one was refunded, and has an anomaly that is resolved, and 10 anomalies are open.',
    fill: fillShop,
    operationsOf,
  });
}

async function fillShop(mariadb: Mariadb, database: string, count: number): Promise<void> {
  await fill(mariadb, database, { ...paid, count, users: count / paymentsPerUser });
  const { number, time } = paidSql(paid);
  const each = `seq_0_to_${count - 1} p`;
  const some = `seq_0_to_${count - 1}_step_1000 p`;
  await mariadb.run(
    [
      `INSERT INTO tb_pay_event (event_id, out_trade_no, kind, actor, create_time, detail)
        SELECT CONCAT('8000', LPAD(p.seq * 6 + e.seq, 15, '0')), ${number}, 'code.given', 'wechat',
          ${time}, '{}' FROM ${each} JOIN seq_0_to_5 e`,
      `INSERT INTO tb_outbox (event_id, out_trade_no, type, payload, state, tries, create_time)
        SELECT CONCAT('9000', LPAD(p.seq, 15, '0')), ${number}, 'order.paid', '{}',
          IF(p.seq % 100000 = 7, 'DEAD', 'DELIVERED'), 1, ${time} FROM ${each}`,
      `INSERT INTO tb_refund (out_refund_no, out_trade_no, transaction_id, total_fee, refund_fee,
          status, reason, cause, create_time)
        SELECT CONCAT(${number}, '-op-1'), ${number}, CONCAT('42', ${number}),
          1000, 1, 'SUCCESS', '商品破损', 'operator', ${time} FROM ${some}`,
      `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee, fee_type,
          state, note, create_time)
        SELECT CONCAT('7000', LPAD(p.seq, 15, '0')), ${number}, '', 'refund-refused', 1, 'CNY',
          IF(p.seq < 10000, 'OPEN', 'RESOLVED'), '', ${time} FROM ${some}`,
      'ANALYZE TABLE tb_pay_event, tb_outbox, tb_refund, tb_anomaly',
    ],
    { database },
  );
}

function operationsOf(): Record<string, Operation> {
  const number = numberOf(paid, 1_000);
  const operator = (path: string) => get('operator', path);
  return {
    'open anomalies': operator('/api/anomalies?state=OPEN'),
    "a payment's anomalies": operator(`/api/anomalies?out_trade_no=${number}`),
    'a day in figures': dayInFigures(),
    'the newest payments': operator('/api/payments?limit=50'),
    'payments with money back': operator('/api/payments?trade_state=REFUND&limit=50'),
    'payments by a transaction number': operator(`/api/payments?q=42${number}`),
    'payments by a refund number': operator(`/api/payments?q=${number}-op-1`),
    'payments by a phone': operator('/api/payments?q=13800000007'),
    'payments of a user': operator('/api/payments?user_id=filled-7'),
    'one payment': operator(`/api/payments/${number}`),
    'its orders': operator(`/api/orders?out_trade_no=${number}&limit=100`),
    'its timeline': operator(`/api/payments/${number}/timeline`),
    'its refunds': operator(`/api/payments/${number}/refunds`),
    'its messages': operator(`/api/deliveries?out_trade_no=${number}`),
    'dead messages': operator('/api/deliveries?state=DEAD'),
    'the newest messages': operator('/api/deliveries'),
    'a table of 1,000': operator(`/api/payments?format=csv&to=${thousandAt}`),
    reconciliations: operator('/api/reconciliations'),
  };
}

/** Once only, and not what was kept from the time before. */
function dayInFigures(): Operation {
  const askedMs = new Map<Side, number>();
  return async (side) => {
    const readyMs = (askedMs.get(side) ?? Number.NEGATIVE_INFINITY) + keptMsMax;
    await pause(Math.max(0, readyMs - performance.now()));
    const startedMs = performance.now();
    askedMs.set(side, startedMs);
    expected(200, await ask('GET', `${side.shop.url}/api/statistics?day=${day}`, side.operator));
    return [performance.now() - startedMs];
  };
}
