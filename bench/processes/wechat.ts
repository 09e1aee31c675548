import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { RawHttp } from '../support/raw-http';

// WeChat as far as a checkout meets it, in a process of its own: it answers at once and signs what
// it says, but checks nothing. The sandbox checks all of it, and is no faster than what we measure.

const { PORT = '', WECHAT_APPID = '', WECHAT_MCH_ID = '', WECHAT_KEY = '' } = process.env;

interface Trade {
  readonly total_fee: string;
  readonly notify_url: string;
  transaction_id?: string;
}

const trades = new Map<string, Trade>();
const calls: Record<string, number> = {};
const couriers = new Map<string, RawHttp[]>();
let transactions = 0;

type Fields = Record<string, string>;

function signedXml(fields: Fields): string {
  const names = Object.keys(fields).sort();
  const text = names.map((name) => `${name}=${fields[name]}`).join('&');
  const sign = createHash('md5').update(`${text}&key=${WECHAT_KEY}`).digest('hex').toUpperCase();
  const elements = names.map((name) => `<${name}><![CDATA[${fields[name]}]]></${name}>`);
  return `<xml>${elements.join('')}<sign><![CDATA[${sign}]]></sign></xml>`;
}

const head = () => ({
  return_code: 'SUCCESS',
  result_code: 'SUCCESS',
  appid: WECHAT_APPID,
  mch_id: WECHAT_MCH_ID,
  nonce_str: 'benchbenchbenchbenchbenchbench00',
});

const field = (xml: string, name: string) =>
  new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? '';

function paidFields(out_trade_no: string, { total_fee, transaction_id = '' }: Trade): Fields {
  return {
    ...head(),
    out_trade_no,
    transaction_id,
    total_fee,
    cash_fee: total_fee,
    fee_type: 'CNY',
    bank_type: 'OTHERS',
    openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    is_subscribe: 'N',
    trade_type: 'NATIVE',
    time_end: '20261125120000',
  };
}

const v2: Record<string, (xml: string) => string> = {
  '/pay/unifiedorder': (xml) => {
    const out_trade_no = field(xml, 'out_trade_no');
    const total_fee = field(xml, 'total_fee');
    trades.set(out_trade_no, { total_fee, notify_url: field(xml, 'notify_url') });
    const code_url = `weixin://wxpay/bizpayurl?pr=${out_trade_no.slice(-10)}`;
    return signedXml({ ...head(), trade_type: 'NATIVE', prepay_id: 'wx26', code_url });
  },
  '/pay/orderquery': (xml) => {
    const out_trade_no = field(xml, 'out_trade_no');
    const trade = trades.get(out_trade_no);
    if (!trade?.transaction_id) {
      return signedXml({ ...head(), out_trade_no, trade_state: 'NOTPAY' });
    }
    return signedXml({ ...paidFields(out_trade_no, trade), trade_state: 'SUCCESS' });
  },
  '/pay/closeorder': () => signedXml(head()),
};

/** The payer pays: answered when the merchant has answered the notice. */
async function pay(out_trade_no: string): Promise<void> {
  const trade = trades.get(out_trade_no);
  if (!trade) throw new Error(`nobody asked for a code for ${out_trade_no}`);
  transactions += 1;
  trade.transaction_id = `4200${Date.now()}${String(transactions).padStart(11, '0')}`;
  const body = signedXml(paidFields(out_trade_no, trade));
  await deliver(trade.notify_url, { 'content-type': 'text/xml' }, body);
}

async function deliver(url: string, headers: Record<string, string>, body: string) {
  const idle = couriers.get(url) ?? [];
  couriers.set(url, idle);
  const courier = idle.pop() ?? new RawHttp(url);
  const { pathname } = new URL(url);
  const { status, text } = await courier.ask({ method: 'POST', path: pathname, headers, body });
  idle.push(courier);
  if (status !== 200 || text.includes('FAIL')) throw new Error(`notice: ${status} ${text}`);
}

async function answer(path: string, text: string): Promise<string> {
  if (path === '/bench/calls') return JSON.stringify(calls);
  if (path.startsWith('/bench/pay/')) {
    await pay(path.slice('/bench/pay/'.length));
    return 'paid';
  }
  const call = v2[path];
  if (!call) throw new Error(`WeChat has no ${path} here`);
  calls[path] = (calls[path] ?? 0) + 1;
  return call(text);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

createServer((request, response) => {
  textOf(request)
    .then((text) => answer(request.url ?? '', text))
    .then(
      (body) => response.end(body),
      (error) => response.writeHead(500).end(String(error)),
    );
}).listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'));
process.once('disconnect', () => process.exit());
