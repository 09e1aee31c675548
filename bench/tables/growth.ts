import type { Child } from '../../test/support/child';
import type { Mariadb } from '../../test/support/mariadb';
import { fill, numberOf } from '../support/fill';
import { type CheckoutsDone, have, startProcess } from '../support/load';
import { RawHttp } from '../support/raw-http';
import type { Report } from '../support/report';
import { authSecret } from '../support/shop';
import {
  compareSizes,
  get,
  type Operation,
  repeated,
  repeats,
  type Side,
  type Tools,
} from '../support/two-sizes';
import type { Wechat } from '../support/wechat';

const paymentsPerUser = 50;
const paid = { prefix: '1000', ordersEach: 1, state: '1' } as const;
const unpaid = { prefix: '7005', count: 400, ordersEach: 1, state: '0', users: 10 } as const;
/** What is not on the disk yet would be written while somebody measures. */
const writtenOut = ['FLUSH TABLES tb_paylog, tb_order, tb_order_item FOR EXPORT', 'UNLOCK TABLES'];

/** The same work beside few payments and beside very many. */
export async function growth(): Promise<Report> {
  const client = await startProcess({ name: 'client' });
  try {
    return await compareSizes({
      few: 5_000,
      many: 5_000_000,
      ratioMax: 1.2,
      note: `each payment has an order with a line; all are paid, ${unpaid.count} wait.`,
      fill: fillShop,
      operationsOf: (tools) => operationsOf(tools, client),
    });
  } finally {
    await client.end('SIGTERM');
  }
}

async function fillShop(mariadb: Mariadb, database: string, count: number): Promise<void> {
  await fill(mariadb, database, { ...paid, count, users: count / paymentsPerUser });
  await fill(mariadb, database, unpaid);
  await mariadb.run(writtenOut, { database });
}

function operationsOf({ mariadb, wechat }: Tools, client: Child): Record<string, Operation> {
  const number = numberOf(paid, 7);
  const settled = new Map<Side, number>();
  const payments = (query: string) => get('operator', `/api/payments${query}`);
  return {
    checkout: async ({ shop }) => {
      const task = { url: shop.url, wechat: wechat.url, secret: authSecret, ms: 60_000 };
      const more = { clients: 1, countMax: repeats };
      return [...(await have<CheckoutsDone>(client, { ...task, ...more })).latenciesMs];
    },
    settlement: async (side) => {
      const first = settled.get(side) ?? 0;
      settled.set(side, first + repeats);
      return settlement(side, wechat, first);
    },
    'watcher tick': ({ shop }) => tick(mariadb, shop.database),
    'GET /api/payments': get('shopper', '/api/payments'),
    'operator: the newest': payments('?limit=50'),
    'operator: all unpaid': payments('?trade_state=NOTPAY&limit=50'),
    'operator: one day, long ago': payments(
      '?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&limit=50',
    ),
    'operator: a number': payments(`?q=${number}`),
    'operator: a transaction number': payments(`?q=42${number}`),
    'operator: a user': payments('?user_id=filled-7'),
    'operator: a phone': payments('?q=%2B86%20138%200000%200007'),
    'operator: a phone, all closed': payments('?q=13800000007&trade_state=CLOSED'),
    'operator: the newest orders': get('operator', '/api/orders'),
    "operator: a payment's orders": get('operator', `/api/orders?out_trade_no=${number}`),
  };
}

async function settlement({ shop }: Side, wechat: Wechat, first: number): Promise<number[]> {
  const notify_url = `${shop.url}/pay/notify`;
  for (let index = first; index < first + repeats; index += 1) {
    const trade = { dialect: 'v2', total_fee: 1_000, notify_url } as const;
    await wechat.learn(numberOf(unpaid, index), trade);
  }
  const payer = new RawHttp(wechat.url);
  const found = await repeated(async (index) => {
    const path = `/bench/pay/${numberOf(unpaid, first + index)}`;
    const { status, text } = await payer.ask({ method: 'POST', path, body: '' });
    if (status !== 200) throw new Error(text);
  });
  payer.close();
  return found;
}

/** What the watcher asks at each beat, when nothing is due. */
async function tick(mariadb: Mariadb, database: string): Promise<number[]> {
  const sql = `SELECT * FROM tb_paylog WHERE trade_state IN ('0', '2')
    AND next_look_time <= UTC_TIMESTAMP(3) ORDER BY next_look_time LIMIT 20
    FOR UPDATE SKIP LOCKED`;
  return repeated(() => mariadb.query(sql, { database }));
}
