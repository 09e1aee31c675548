import { randomUUID } from 'node:crypto';
import { Cart } from '@saoma/contracts/cart';
import { Checkout, Order } from '@saoma/contracts/orders';
import { Payment, type TradeState } from '@saoma/contracts/payments';
import { z } from 'zod';
import { checkAnswer } from './documented';
import { EventReader } from './events';
import { type Answer, type Ask, ask, expected } from './http';
import { until } from './until';

const Native = z.union([
  z.strictObject({ code_url: z.string(), total_fee: z.int(), out_trade_no: z.string() }),
  z.strictObject({}),
]);
const Code = z.strictObject({ code_url: z.string(), total_fee: z.int(), out_trade_no: z.string() });
export type Code = z.output<typeof Code>;
const Payments = z.strictObject({ payments: z.array(Payment), cursor: z.string().nullable() });
const Orders = z.strictObject({ orders: z.array(Order), cursor: z.string().nullable() });
const PayStatus = z.strictObject({ success: z.boolean(), message: z.string() });
/** A checkout by WeChat: there is a payment. */
const WeChatCheckout = Checkout.required();
export type WeChatCheckout = z.output<typeof WeChatCheckout>;

export const aReceiver = { name: '王小明', mobile: '13800138000', address: '北京市海淀区 1 号' };

/** Two sellers' items: 59.90 and 8.20 yuan, together 6810 fen (binary floats make 6809 of it). */
export const tea = '1001';
export const rice = '2001';

interface Shopping {
  readonly url: string;
  readonly user_id: string;
  /** How the shopper shows who they are: a cookie, or a bearer token. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** A signed-in user of the REST face. Every answer is checked against docs/openapi.json. */
export class Shopper {
  constructor(private readonly shopping: Shopping) {}

  /** Signs in by the demo route, as a new user unless one is named. */
  static async signIn(
    url: string,
    { user_id = `user-${randomUUID()}`, roles }: { user_id?: string; roles?: string[] } = {},
  ): Promise<Shopper> {
    const body = roles ? { user_id, roles } : { user_id };
    const answer = await ask('POST', `${url}/api/session`, { body });
    expected(200, answer);
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return new Shopper({ url, user_id, credentials: { cookie } });
  }

  get user_id(): string {
    return this.shopping.user_id;
  }

  get credentials(): Readonly<Record<string, string>> {
    return this.shopping.credentials;
  }

  /** The same user at another gateway. */
  at(url: string): Shopper {
    return new Shopper({ ...this.shopping, url });
  }

  async ask(method: string, path: string, options: Ask = {}): Promise<Answer> {
    const headers = { ...this.shopping.credentials, ...options.headers };
    const answer = await ask(method, this.shopping.url + path, { ...options, headers });
    checkAnswer(method, path, answer);
    return answer;
  }

  private async get<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> {
    return schema.parse(expected(200, await this.ask('GET', path)));
  }

  async putItem(item_id: string, num = 1): Promise<Cart> {
    const answer = await this.ask('PUT', `/api/cart/items/${item_id}`, { body: { num } });
    return Cart.parse(expected(200, answer));
  }

  cart(): Promise<Cart> {
    return this.get(Cart, '/api/cart');
  }

  /** Checks the cart out with WeChat Pay. */
  async checkout(key?: string): Promise<WeChatCheckout> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const body = { payment_type: '1', receiver: aReceiver };
    const answer = await this.ask('POST', '/api/orders', { body, headers });
    return WeChatCheckout.parse(expected(201, answer));
  }

  /** Fills the cart with the lesson's two sellers and checks it out: 6810 fen in two orders. */
  async buy(): Promise<WeChatCheckout> {
    await this.putItem(tea);
    await this.putItem(rice);
    return this.checkout();
  }

  /** createNative, which is expected to give a code. */
  async createNative(out_trade_no?: string): Promise<Code> {
    return Code.parse(await this.createNativeOrNothing(out_trade_no));
  }

  createNativeOrNothing(out_trade_no?: string): Promise<z.output<typeof Native>> {
    const query = out_trade_no === undefined ? '' : `?out_trade_no=${out_trade_no}`;
    return this.get(Native, `/pay/createNative${query}`);
  }

  queryPayStatus(out_trade_no: string): Promise<z.output<typeof PayStatus>> {
    return this.get(PayStatus, `/pay/queryPayStatus?out_trade_no=${out_trade_no}`);
  }

  payment(out_trade_no: string): Promise<Payment> {
    return this.get(Payment, `/api/payments/${out_trade_no}`);
  }

  /** The payment, as soon as it is in this state. */
  async paymentIn(trade_state: TradeState, out_trade_no: string): Promise<Payment> {
    return until(`payment ${out_trade_no} to be ${trade_state}`, async () => {
      const payment = await this.payment(out_trade_no);
      return payment.trade_state === trade_state ? payment : undefined;
    });
  }

  payments(query = ''): Promise<z.output<typeof Payments>> {
    return this.get(Payments, `/api/payments${query}`);
  }

  order(order_id: string): Promise<Order> {
    return this.get(Order, `/api/orders/${order_id}`);
  }

  orders(query = ''): Promise<z.output<typeof Orders>> {
    return this.get(Orders, `/api/orders${query}`);
  }

  close(out_trade_no: string): Promise<Answer> {
    return this.ask('POST', `/api/payments/${out_trade_no}/close`);
  }

  /** As an operator, who wishes it once. */
  refund(out_trade_no: string, refund_fee: number): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { refund_fee, reason: '商品破损' };
    return this.ask('POST', `/api/payments/${out_trade_no}/refunds`, { body, headers });
  }

  events(out_trade_no: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const url = `${this.shopping.url}/api/payments/${out_trade_no}/events`;
    return EventReader.open(url, { ...this.shopping.credentials, ...headers });
  }
}
