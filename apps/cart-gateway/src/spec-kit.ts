import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { orderService } from '@saoma/contracts/order';
import { type NativeRequest, payService } from '@saoma/contracts/pay';
import { Payment } from '@saoma/contracts/payments';
import { createLog, useNestLog } from '@saoma/platform/log';
import { SignJWT } from 'jose';
import { NEVER } from 'rxjs';
import { type Answer, type Ask, ask } from '../../../test/support/http';
import { type Handlers, Peer } from '../../../test/support/peer';
import { freePort } from '../../../test/support/ports';
import { GatewayConfig } from './config';
import { type Gateway, startGateway } from './gateway';

export type OrderHandlers = Handlers<typeof orderService>;
export type PayHandlers = Handlers<typeof payService>;

export const secret = 'a secret of the tests, long enough for HS256';
const encoded = (text: string) => new TextEncoder().encode(text);

/** A token as the configured secret signs it, unless the claims or the key say otherwise. */
export function token(claims: Record<string, unknown> = {}, key = secret): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return new SignJWT({ sub: 'anna', exp, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(encoded(key));
}

export const bearer = async (claims?: Record<string, unknown>) => ({
  authorization: `Bearer ${await token(claims)}`,
});

/** A gateway between its peers, all over real sockets; closed when the test ends. */
export class Scene {
  private constructor(
    readonly gateway: Gateway,
    readonly order: Peer,
    readonly pay: Peer,
  ) {}

  static async start(
    t: TestContext,
    peers: { order?: OrderHandlers; pay?: PayHandlers } = {},
    env: Record<string, string> = {},
  ): Promise<Scene> {
    const log = createLog('spec', 'silent');
    useNestLog(log);
    const [orderPort, payPort] = [await freePort(), await freePort()];
    const handlers = { watchSettled: () => NEVER, lookPayments: () => [], ...peers.order };
    const order = new Peer(orderService, handlers, orderPort);
    const pay = new Peer(payService, peers.pay ?? {}, payPort);
    await Promise.all([order.start(), pay.start()]);
    const config = new GatewayConfig({
      PORT: '0',
      AUTH_JWT_SECRET: secret,
      ORDER_RPC: `tcp://127.0.0.1:${orderPort}`,
      PAY_RPC: `tcp://127.0.0.1:${payPort}`,
      ...env,
    });
    const gateway = await startGateway(config, log);
    t.after(async () => {
      await gateway.close();
      await Promise.all([order.stop(), pay.stop()]);
    });
    return new Scene(gateway, order, pay);
  }

  get url(): string {
    return this.gateway.url;
  }

  ask(method: string, path: string, options?: Ask): Promise<Answer> {
    return ask(method, this.url + path, options);
  }
}

const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8'));
const { example } =
  paths['/api/payments/{out_trade_no}'].get.responses[200].content['application/json'];
const unpaid = { trade_state: 'NOTPAY', transaction_id: null, pay_time: null };
const anna = { out_trade_no: '1001', user_id: 'anna' };

/** The document's example of a payment, but of the user `anna` and not paid yet. */
export function aPayment(differs: Partial<Payment> = {}): Payment {
  return Payment.parse({ ...example, ...unpaid, ...anna, ...differs });
}

/** What the pay service makes of a payment for WeChat. */
export const aRequest = (out_trade_no = '1001'): NativeRequest => ({
  dialect: 'v2',
  appid: 'wx0123456789abcdef',
  mch_id: '1900000109',
  device_info: 'WEB',
  body: 'shop',
  out_trade_no,
  fee_type: 'CNY',
  total_fee: '300',
  spbill_create_ip: '127.0.0.1',
  time_start: '20261125160000',
  notify_url: 'http://127.0.0.1:3000/pay/notify',
  trade_type: 'NATIVE',
  product_id: out_trade_no,
});
