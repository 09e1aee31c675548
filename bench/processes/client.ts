import { secondsFromNow, token } from '../../test/support/token';
import { carriesOut } from '../support/carries-out';
import type { CheckoutsDone, CheckoutTask } from '../support/load';
import { RawHttp } from '../support/raw-http';

// The client of the bench: shoppers who fill a cart, order, ask for the code, pay, and hear that
// it is paid; one after the other on each connection.

const json = { 'content-type': 'application/json' };
const receiver = { name: '王小明', mobile: '13800138000', address: '北京市海淀区 1 号' };
/** Three lines from two sellers. */
const lines = ['1001', '1002', '2001'];

let users = 0;

class Shopper {
  private readonly shop: RawHttp;
  private readonly wechat: RawHttp;
  private headers: Record<string, string> = {};

  constructor(private readonly task: CheckoutTask) {
    this.shop = new RawHttp(task.url);
    this.wechat = new RawHttp(task.wechat);
  }

  /** One checkout of a user of their own, from the empty cart to the paid payment. */
  async checkout(): Promise<void> {
    users += 1;
    const claims = { sub: `shopper-${process.pid}-${users}`, exp: secondsFromNow(3_600) };
    this.headers = { authorization: `Bearer ${token(claims, this.task.secret)}` };
    for (const item_id of lines) await this.ask(200, `PUT /api/cart/items/${item_id}`, { num: 2 });
    const order = await this.ask(201, 'POST /api/orders', { payment_type: '1', receiver });
    const query = `?out_trade_no=${order.out_trade_no}`;
    const native = await this.ask(200, `GET /pay/createNative${query}`);
    if (!native.code_url) throw new Error('no code came');
    const path = `/bench/pay/${order.out_trade_no}`;
    const paid = await this.wechat.ask({ method: 'POST', path, body: '' });
    if (paid.status !== 200) throw new Error(paid.text);
    const status = await this.ask(200, `GET /pay/queryPayStatus${query}`);
    if (status.success !== true) throw new Error(`not paid: ${JSON.stringify(status)}`);
  }

  close(): void {
    this.shop.close();
    this.wechat.close();
  }

  private async ask(expected: number, what: string, body?: object) {
    const [method = '', path = ''] = what.split(' ');
    const headers = body ? { ...this.headers, ...json } : this.headers;
    const request = { method, path, headers, ...(body && { body: JSON.stringify(body) }) };
    const { status, text } = await this.shop.ask(request);
    if (status !== expected) throw new Error(`${what}: ${status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
}

/** Checkouts by so many shoppers at once, for so long or until so many are done. */
async function run(task: CheckoutTask): Promise<CheckoutsDone> {
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + task.ms;
  let begun = 0;
  const shop = async () => {
    const shopper = new Shopper(task);
    while (begun < task.countMax && performance.now() < endMs) {
      begun += 1;
      const from = performance.now();
      try {
        await shopper.checkout();
        latenciesMs.push(performance.now() - from);
      } catch (error) {
        failures.push(String(error));
      }
    }
    shopper.close();
  };
  await Promise.all(Array.from({ length: task.clients }, shop));
  if (failures.length > latenciesMs.length) throw new Error(failures[0]);
  return { latenciesMs, failures: failures.length, ms: performance.now() - startedMs };
}

carriesOut(run);
