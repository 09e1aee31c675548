import { createPrivateKey } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { RawHttp } from '../support/raw-http';
import type { Message, Trade, Trades } from '../support/stub-book';
import { StubV2 } from '../support/stub-v2';
import { StubV3 } from '../support/stub-v3';

// WeChat as far as the bench meets it, in a process of its own: it answers at once and signs what
// it says, but checks nothing. The sandbox checks all of it, and is no faster than what we measure.

const { PORT = '', WECHAT_APPID = '', WECHAT_MCH_ID = '', WECHAT_KEY = '' } = process.env;
/** The one day that has a bill, as yyyy-MM-dd, and its file. */
const { BILL_DAY = '', BILL_FILE = '' } = process.env;
const { WECHAT_V3_KEY = '', PLATFORM_KEY = '', PLATFORM_KEY_ID = '' } = process.env;

const trades: Trades = new Map();
const calls: Record<string, number> = {};
const couriers = new Map<string, RawHttp[]>();
let transactions = 0;

const merchant = { WECHAT_APPID, WECHAT_MCH_ID, WECHAT_KEY, WECHAT_V3_KEY };
const key = { id: PLATFORM_KEY_ID, privateKey: createPrivateKey(PLATFORM_KEY) };
const dialects = {
  v2: new StubV2(merchant, trades),
  v3: new StubV3(merchant, key, trades),
};

/** The payer pays: answered when the merchant has answered the notice. */
async function pay(out_trade_no: string): Promise<Message> {
  const trade = trades.get(out_trade_no);
  if (!trade) throw new Error(`nobody asked for a code for ${out_trade_no}`);
  transactions += 1;
  trade.transaction_id = `4200${Date.now()}${String(transactions).padStart(11, '0')}`;
  await deliver(trade.notify_url, dialects[trade.dialect].notice(out_trade_no, trade));
  return { headers: {}, body: 'paid' };
}

async function deliver(url: string, { headers, body }: Message): Promise<void> {
  const idle = couriers.get(url) ?? [];
  couriers.set(url, idle);
  const courier = idle.pop() ?? new RawHttp(url);
  const { pathname } = new URL(url);
  const { status, text } = await courier.ask({ method: 'POST', path: pathname, headers, body });
  idle.push(courier);
  const isTaken = (status === 200 || status === 204) && !text.includes('FAIL');
  if (!isTaken) throw new Error(`notice: ${status} ${text}`);
}

const json = (value: unknown): Message => ({ headers: {}, body: JSON.stringify(value) });

function answer(path: string, text: string): Message | Promise<Message> {
  const [, , order = '', out_trade_no = ''] = path.split('/');
  if (path === '/bench/calls') return json(calls);
  if (path.startsWith('/bench/') && order === 'pay') return pay(out_trade_no);
  if (path.startsWith('/bench/') && order === 'trade') {
    trades.set(out_trade_no, JSON.parse(text) as Trade);
    return json({});
  }
  const said = (path.startsWith('/v3/') ? dialects.v3 : dialects.v2).answer(path, text);
  if (!said) throw new Error(`WeChat has no ${path} here`);
  const [call = ''] = path.replace(/[0-9]{10,}/, 'N').split('?');
  calls[call] = (calls[call] ?? 0) + 1;
  return said;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

function send(response: ServerResponse, status: number, { headers, body }: Message): void {
  const length = { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

/** A bill is asked for in v2 only. */
const isBill = (path: string, text: string) =>
  BILL_FILE !== '' && path === '/pay/downloadbill' && text.includes(BILL_DAY.replaceAll('-', ''));

createServer((request, response) => {
  const { url = '' } = request;
  textOf(request)
    .then(async (text) => {
      if (isBill(url, text)) createReadStream(BILL_FILE).pipe(response);
      else send(response, 200, await answer(url, text));
    })
    .catch((error) => send(response, 500, { headers: {}, body: String(error) }));
}).listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit());
