import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { Redis } from 'ioredis';
import { createPool, type Pool, type PoolConnection, type QueryResult } from 'mysql2';
import { BareHall, paid } from '../support/bare-hall';
import { fieldOf, signedXml } from '../support/stub-v2';

// What a checkout costs at least: the same requests in one process, on node:http, mysql2 and
// ioredis, with the same durability. No check of anything, no split into services, no timeline, no
// messages, no second try: it is the bench's measure, not a way to take money.

const { PORT = '', DATABASE_URL = '', REDIS_URL = '', WECHAT_API_URL = '' } = process.env;
const { WECHAT_APPID = '', WECHAT_MCH_ID = '', WECHAT_KEY = '', NOTIFY_URL = '' } = process.env;

const pool: Pool = createPool({
  uri: DATABASE_URL,
  connectionLimit: 10,
  timezone: 'Z',
  supportBigNumbers: true,
});
const redis = new Redis(REDIS_URL);
const agent = new Agent({ keepAlive: true });
const owners = new Map<string, string>();
let numbers = 0;

type Row = Record<string, string | number>;
interface Line {
  readonly item_id: string;
  readonly seller_id: string;
  readonly title: string;
  readonly price: number;
  readonly num: number;
  readonly total_fee: number;
}

function execute(on: Pool | PoolConnection, sql: string, values: (string | number | Date)[]) {
  return new Promise<Row[]>((resolve, reject) => {
    on.execute(sql, values, (error, rows: QueryResult) =>
      error ? reject(error) : resolve(rows as unknown as Row[]),
    );
  });
}

function connection(): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, one) => (error ? reject(error) : resolve(one)));
  });
}

function plain(on: PoolConnection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    on.query(sql, (error) => (error ? reject(error) : resolve()));
  });
}

async function transaction(work: (on: PoolConnection) => Promise<void>): Promise<void> {
  const on = await connection();
  await plain(on, 'BEGIN');
  await work(on);
  await plain(on, 'COMMIT');
  on.release();
}

function nextNumber(): string {
  numbers += 1;
  return `${Date.now()}${String(numbers % 100_000).padStart(5, '0')}`;
}

const marks = (count: number, columns: number) =>
  Array.from({ length: count }, () => `(${Array(columns).fill('?').join(', ')})`).join(', ');

async function cartOf(user_id: string): Promise<Line[]> {
  return JSON.parse((await redis.hget('bare:cartList', user_id)) ?? '[]') as Line[];
}

async function putItem(user_id: string, item_id: string, text: string) {
  const { num } = JSON.parse(text) as { num: number };
  const sql = 'SELECT seller_id, title, price FROM tb_item WHERE item_id = ?';
  const [rows, lines] = await Promise.all([execute(pool, sql, [item_id]), cartOf(user_id)]);
  const { seller_id, title, price } = rows[0] as unknown as Line;
  lines.push({ item_id, seller_id, title, price, num, total_fee: price * num });
  await redis.hset('bare:cartList', user_id, JSON.stringify(lines));
  return { lines, total_fee: lines.reduce((sum, line) => sum + line.total_fee, 0) };
}

async function order(user_id: string, text: string) {
  const { payment_type, receiver } = JSON.parse(text);
  const lines = await cartOf(user_id);
  const now = new Date();
  const out_trade_no = nextNumber();
  const sellers = [...new Set(lines.map((line) => line.seller_id))];
  const numbered = new Map(sellers.map((seller_id) => [seller_id, nextNumber()]));
  const feeOf = (some: Line[]) => some.reduce((sum, line) => sum + line.total_fee, 0);
  const total_fee = feeOf(lines);
  const order_ids = [...numbered.values()];
  const orders = sellers.flatMap((seller_id) => {
    const order_id = numbered.get(seller_id) ?? '';
    const payment = feeOf(lines.filter((line) => line.seller_id === seller_id));
    const { name, mobile, address } = receiver;
    const row = [order_id, user_id, seller_id, out_trade_no, order_id, payment, payment_type, '1'];
    return [...row, now, name, mobile, address];
  });
  const items = lines.flatMap(({ item_id, seller_id, title, price, num, total_fee }) => {
    return [numbered.get(seller_id) ?? '', item_id, seller_id, title, price, num, total_fee];
  });
  const list = order_ids.join(',');
  await transaction(async (on) => {
    const order = `INSERT INTO tb_order (order_id, user_id, seller_id, out_trade_no, cart_id,
      payment, payment_type, status, create_time, receiver_name, receiver_mobile,
      receiver_address) VALUES ${marks(sellers.length, 12)}`;
    await execute(on, order, orders);
    const item = `INSERT INTO tb_order_item (order_id, item_id, seller_id, title, price, num,
      total_fee) VALUES ${marks(lines.length, 7)}`;
    await execute(on, item, items);
    const payLog = `INSERT INTO tb_paylog (out_trade_no, user_id, create_time, total_fee,
      refund_fee, reserved_fee, trade_state, pay_type, order_list)
      VALUES (?, ?, ?, ?, 0, 0, '0', '1', ?)`;
    await execute(on, payLog, [out_trade_no, user_id, now, total_fee, list]);
  });
  owners.set(out_trade_no, user_id);
  const payLog = JSON.stringify({ out_trade_no, total_fee });
  const kept = redis.multi().hdel('bare:cartList', user_id).hset('bare:payLog', user_id, payLog);
  await kept.exec();
  return { order_ids, out_trade_no, total_fee };
}

function askWechat(path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(WECHAT_API_URL + path, { method: 'POST', agent }, (answer) => {
      textOf(answer).then(resolve, reject);
    });
    asked.once('error', reject).end(body);
  });
}

async function createNative(user_id: string) {
  const payLog = JSON.parse((await redis.hget('bare:payLog', user_id)) ?? '{}');
  const { out_trade_no, total_fee } = payLog;
  const request = {
    appid: WECHAT_APPID,
    mch_id: WECHAT_MCH_ID,
    nonce_str: nextNumber(),
    body: '品优购',
    out_trade_no,
    total_fee: String(total_fee),
    spbill_create_ip: '127.0.0.1',
    notify_url: NOTIFY_URL,
    trade_type: 'NATIVE',
  };
  const answer = await askWechat('/pay/unifiedorder', signedXml(request, WECHAT_KEY));
  return { code_url: fieldOf(answer, 'code_url'), total_fee, out_trade_no };
}

const thanks = '<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>';

async function settle(xml: string): Promise<string> {
  const out_trade_no = fieldOf(xml, 'out_trade_no');
  const now = new Date();
  await transaction(async (on) => {
    const payLog = `UPDATE tb_paylog SET trade_state = '1', transaction_id = ?, pay_time = ?
      WHERE out_trade_no = ?`;
    await execute(on, payLog, [fieldOf(xml, 'transaction_id'), now, out_trade_no]);
    const order = `UPDATE tb_order SET status = '2', payment_time = ? WHERE out_trade_no = ?`;
    await execute(on, order, [now, out_trade_no]);
  });
  const user_id = owners.get(out_trade_no) ?? '';
  owners.delete(out_trade_no);
  await redis.hdel('bare:payLog', user_id);
  hall.tell(out_trade_no);
  return thanks;
}

const hall = new BareHall();

/** The payment's state, of its row. */
async function payLog(out_trade_no: string): Promise<Row> {
  const sql = 'SELECT * FROM tb_paylog WHERE out_trade_no = ?';
  const [row] = await execute(pool, sql, [out_trade_no]);
  return row ?? {};
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of message) text += part;
  return text;
}

/** Whoever the token names is believed. */
function userOf({ headers }: IncomingMessage): string {
  const claims = headers.authorization?.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sub as string;
}

const itemPath = '/api/cart/items/';

/** Nothing is answered to who waits. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<[number, object | string] | undefined> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const text = request.method === 'GET' ? '' : await textOf(request);
  if (path.startsWith(itemPath)) {
    return [200, await putItem(userOf(request), path.slice(itemPath.length), text)];
  }
  if (path === '/api/orders') return [201, await order(userOf(request), text)];
  if (path === '/pay/createNative') return [200, await createNative(userOf(request))];
  if (path === '/pay/notify') return [200, await settle(text)];
  if (path === '/pay/queryPayStatus') {
    const out_trade_no = query.split('=')[1] ?? '';
    if ((await payLog(out_trade_no)).trade_state === '1') return [200, paid];
    hall.poll(out_trade_no, response);
    return undefined;
  }
  if (path.endsWith('/events')) {
    const out_trade_no = path.split('/')[3] ?? '';
    hall.stream(out_trade_no, response, await payLog(out_trade_no));
    return undefined;
  }
  return [404, {}];
}

createServer((request, response) => {
  answer(request, response).then(
    (answered) => {
      if (!answered) return;
      const [status, body] = answered;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const type = typeof body === 'string' ? 'text/xml' : 'application/json';
      const length = Buffer.byteLength(text);
      response.writeHead(status, { 'content-type': type, 'content-length': length }).end(text);
    },
    (error) =>
      response.writeHead(500, { 'content-length': 0 }).end(process.stderr.write(`${error}`)),
  );
}).listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit());
