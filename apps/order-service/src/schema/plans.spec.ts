import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DataSource } from 'typeorm';
import { fill, numberOf } from '../../../../bench/support/fill';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { merchant } from '../../../../test/support/system';
import { until } from '../../../../test/support/until';
import { CatalogueService } from '../catalogue/catalogue.service';
import { Clock } from '../clock/clock';
import { BookGauges } from '../health/book-gauges';
import { PayLogRow } from '../ledger/pay-log.entity';
import { readShares } from '../ledger/refund-shares';
import { OrderPhones } from '../orders/order-phones';
import { CodeClaims } from '../payments/code-claims';
import { Opening } from '../payments/opening';
import { PaymentService } from '../payments/payment.service';
import { Settlement } from '../payments/settlement';
import { ForgettingAgain } from '../personal-data/forgetting-again';
import { aShopOrder, money, OrderRoom } from '../spec-kit';
import { type Plans, plans } from './plans.spec-kit';
import { onEachDatabase, type Sent, StatementCounter } from './spec-kit';

/** Whoever reads more rows than this to give one page reads too many. */
const rowsMax = 200;
/** What has a plan: an INSERT only goes where its keys are. */
const hasPlan = ({ sql }: Sent) => /^\s*(SELECT .* FROM tb|UPDATE|DELETE)/s.test(bare(sql));
const bare = (sql: string) => sql.replaceAll('`', '');

function shortened(sql: string): string {
  return bare(sql)
    .replace(/\s+/g, ' ')
    .replace(/^SELECT .*? FROM (\w+)( \w+)?(?= WHERE| ORDER)/, 'SELECT * FROM $1')
    .replace(/\b[A-Za-z]\w*\.(?=\w)/g, '')
    .replace('1=1 AND ', '')
    .replace(/ SET .*? WHERE /, ' SET ... WHERE ')
    .trim();
}

interface Step {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly Extra: string | null;
  /** Rows that it may read, and those that it has read if it was carried out. */
  readonly rows: string | null;
  readonly r_rows?: string | null;
}

/** The rows that parts of a UNION ALL have given are few. */
const isUnion = ({ table }: Step) => table?.startsWith('<union') === true;

/** The index by which a table is entered, or what is wrong with that. */
function wayOf({ table, type, key, rows, r_rows, Extra }: Step): string {
  if (table === null) {
    return Extra?.includes('const table') ? 'a unique key' : `nothing is read: ${Extra}`;
  }
  const faults = /filesort|temporary/i.exec(Extra ?? '') ?? [];
  const isLong = type === 'ALL' || Number(r_rows ?? rows) > rowsMax;
  const long = isLong ? [`${type} of ${r_rows ?? rows} rows`] : [];
  return [key ?? `${table} without an index`, ...faults, ...long].join(', ');
}

const fillOthers = [
  `INSERT INTO tb_item SELECT CONCAT('9', seq), 'chaye', 'tea', 100, '', '1' FROM seq_1_to_1000`,
  `INSERT INTO tb_item SELECT CONCAT('99', seq), 'chaye', 'tea', 100, '', '0'
    FROM seq_10001_to_15000`,
  `INSERT INTO tb_idempotency SELECT 'somebody', seq, 'hash', '{}', NOW(3) FROM seq_1_to_1000`,
  `INSERT INTO tb_refund (out_refund_no, out_trade_no, transaction_id, total_fee, refund_fee,
    status, reason, cause, create_time)
    SELECT seq, seq, seq, 100, 100, 'SUCCESS', '', 'operator', NOW(3) FROM seq_1_to_1000`,
  `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee, fee_type,
    state, note, create_time)
    SELECT seq, seq, seq, 'other-amount', 1, 'CNY', 'RESOLVED', '', NOW(3) FROM seq_1_to_1000`,
  `INSERT INTO tb_outbox (event_id, out_trade_no, type, payload, state, tries, create_time)
    SELECT seq, seq, 'order.paid', '{}', 'DELIVERED', 1, NOW(3) FROM seq_1_to_1000`,
  `INSERT INTO tb_forgotten_user SELECT CONCAT('gone-', seq), NOW(3), 'operator:eve'
    FROM seq_1_to_1000`,
  'ANALYZE TABLE tb_item, tb_idempotency, tb_refund, tb_anomaly, tb_outbox',
];

onEachDatabase('statements that must stay quick', (bench) => {
  if (bench.kind !== 'mariadb') return;
  const listener = new StatementCounter();
  let room: OrderRoom;
  let source: DataSource;
  let pay: ServiceProcess;

  before(async () => {
    const { database, source: opened } = await bench.migrated(listener);
    source = opened;
    const name = String(source.options.database);
    const rows = { ordersEach: 1, users: 400 };
    await fill(bench.mariadb, name, { ...rows, prefix: '1000', count: 20_000, state: '1' });
    await fill(bench.mariadb, name, { ...rows, prefix: '1001', count: 400, state: '0' });
    await bench.mariadb.run(fillOthers, { database: name });
    const PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    const nobody = 'http://127.0.0.1:1';
    pay = await ServiceProcess.start('pay-service', {
      ...merchant,
      WECHAT_API_URL: nobody,
      PAY_RPC,
    });
    room = await OrderRoom.on(database, { PAY_RPC });
    await room.get(CatalogueService).addDemoItems();
  });

  after(async () => {
    await room.close();
    await pay.stop();
  });

  /** What is sent while the work is done, each statement once. */
  async function plansOf(doWork: () => Promise<unknown>): Promise<Plans[string]> {
    listener.restart();
    await doWork();
    const sent = new Map(listener.sent.filter(hasPlan).map((one) => [shortened(one.sql), one]));
    const found: Record<string, string> = {};
    for (const [statement, { sql, values }] of sent) {
      // A change is not made twice.
      const ask = statement.startsWith('SELECT') ? 'ANALYZE' : 'EXPLAIN';
      const steps: Step[] = await source.query(`${ask} ${sql}`, values);
      found[statement] = steps
        .filter((step) => !isUnion(step))
        .map(wayOf)
        .join('; ');
    }
    return found;
  }

  test('find their rows by the indices of the page, and sort nothing', async () => {
    const found: Record<string, Plans[string]> = {};
    for (const [work, doWork] of Object.entries(worksOf(room, listener))) {
      found[work] = await plansOf(doWork);
    }
    assert.deepEqual(found, plans);
  });
});

/** What must stay quick, in an order in which it can be done. */
function worksOf(
  room: OrderRoom,
  listener: StatementCounter,
): Record<string, () => Promise<unknown>> {
  const user_id = 'filled-7';
  const codes = room.get(CodeClaims);
  const payments = room.get(PaymentService);
  const list = (change: object) =>
    payments.listPayments({
      ...{ user_id, operator: false, cursor: null, limit: 50 },
      ...{ trade_state: null, from: null, to: null, ...change },
    });
  const search = (change: object) => list({ operator: true, ...change });
  const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' };
  let out_trade_no = '';
  return {
    "the watcher's tick": async () => {
      const claims = () => listener.sent.filter(({ sql }) => sql.includes('SKIP LOCKED'));
      await until('each kind of work', () => new Set(claims().map(({ sql }) => sql)).size === 4);
      await room.get(Clock).stop();
    },
    checkout: async () => {
      await room.fill(user_id);
      ({ out_trade_no = '' } = await room.add(user_id, { idempotency_key: 'once' }));
    },
    'the code to pay by': async () => {
      const claim = await codes.searchPayLog({ user_id, out_trade_no: null });
      assert.ok(claim.state === 'claimed');
      const code_url = 'weixin://wxpay/bizpayurl?pr=1';
      await codes.keepCode({ ...claim, code_url, no: null });
      await codes.searchPayLog({ user_id, out_trade_no });
    },
    settlement: async () => {
      const paid = money(out_trade_no, { total_fee: 21_350 });
      assert.equal(await room.get(Settlement).updateOrderStatus(paid, 'notice'), 'settled');
      await room.get(Settlement).updateOrderStatus(paid, 'query');
    },
    'whether it is paid': async () => {
      await payments.getPayment({ out_trade_no, user_id, operator: false });
      await payments.lookPayments({ out_trade_nos: [out_trade_no, '1'] });
    },
    'GET /api/payments': async () => {
      const { cursor } = await list({ limit: 20 });
      await list({ limit: 20, cursor });
    },
    "a shop's own order": () => shopOrder(room, list),
    // The last hundred of those on sale, beyond which there are only some that are not.
    'a page of the catalogue': () => room.get(CatalogueService).page('99'),
    'what the metrics read': () => room.get(BookGauges).facts(),
    "an operator's search": async () => {
      const { cursor } = await search({});
      await search({ cursor });
      await search({ trade_state: 'NOTPAY' });
      await search(period);
      await search({ ...period, trade_state: 'NOTPAY' });
    },
    'an operator looks for a number, a user or a phone': async () => {
      const { cursor } = await search({ q: '13800000007', limit: 1 });
      await search({ q: '13800000007', limit: 1, cursor, trade_state: 'SUCCESS', ...period });
      await search({ q: user_id, payer: user_id, limit: 1 });
    },
    "an operator's list of orders": () => listOrders(room, user_id),
    'what went back of the orders of a payment': () =>
      room.database.statements((m) => readShares(m, { out_trade_no, order_list: '' })),
    'who was forgotten and has come back': () => room.get(ForgettingAgain).sweep(),
    'orders of an older release': () => room.get(OrderPhones).fillIn(),
  };
}

async function listOrders({ orders }: OrderRoom, user_id: string): Promise<void> {
  const list = (change: object) =>
    orders.listOrders({ user_id, operator: true, cursor: null, limit: 2, ...change });
  const { cursor } = await list({});
  await list({ cursor });
  await list({ buyer: user_id, cursor });
  await list({ out_trade_no: numberOf({ prefix: '1000' }, 7) });
  await orders.getOrder({ user_id, operator: true, order_id: cursor ?? '' });
}

/** Opened, repeated, looked at by its key, closed, opened again, and listed. */
async function shopOrder(room: OrderRoom, list: (change: object) => Promise<unknown>) {
  const order = aShopOrder({ merchant_order_no: '7' });
  const { pay_key_hash } = order;
  const opened = () => room.get(Opening).openPayment(aShopOrder({ merchant_order_no: '7' }));
  const { out_trade_no } = (await room.get(Opening).openPayment(order)).payment;
  await opened();
  const byKey = { user_id: null, operator: false, pay_key_hash };
  await room.get(PaymentService).getPayment({ out_trade_no, ...byKey });
  const closed = { trade_state: '2' } as const;
  await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, closed));
  await opened();
  await list({ limit: 20, user_id: 'cinema', shop: true });
  await list({ limit: 20, user_id: 'cinema', shop: true, merchant_order_no: '7' });
}
