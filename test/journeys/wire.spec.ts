import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Child } from '../support/child';
import { temporaryFolder } from '../support/folders';
import { hasNamespaces } from '../support/machine';
import { TestCa, TlsFolder } from '../support/rpc-tls';
import { Sandbox } from '../support/sandbox';
import { aReceiver, Shopper } from '../support/shopper';
import { authSecret, merchant } from '../support/system';
import { until } from '../support/until';
import { type Place, Wire } from '../support/wire';

const [gatewayPort, orderPort, payPort, sandboxPort] = [3000, 9001, 9000, 9100];

/** Makes a call as our services do, in plain text or by TLS without a certificate. */
const callOf = `
  const [, host, port, how, frame] = process.argv;
  const options = { host, port: Number(port), rejectUnauthorized: false };
  const { connect } = require(how === 'tls' ? 'node:tls' : 'node:net');
  const socket = connect(options);
  socket.on('data', (bytes) => { process.stdout.write(bytes); socket.destroy(); });
  socket.on('error', () => undefined);
  socket.write(frame);`;

/** The gateway on one machine, the others on a second one, a stranger on a third. */
class Shop {
  private readonly folder = temporaryFolder('wire');
  private running: Child[] = [];
  private url = '';
  sandbox!: Sandbox;

  private constructor(
    readonly wire: Wire,
    private readonly front: Place,
    private readonly back: Place,
    private readonly elsewhere: Place,
  ) {}

  static async build(): Promise<Shop> {
    const wire = await Wire.lay(3);
    const [front, back, elsewhere] = wire.places as [Place, Place, Place];
    const shop = new Shop(wire, front, back, elsewhere);
    await back.service('wechat-sandbox', { PORT: String(sandboxPort), ...merchant });
    shop.sandbox = new Sandbox(await back.wayTo(sandboxPort), merchant);
    shop.url = await front.wayTo(gatewayPort);
    return shop;
  }

  /** Starts our services, or starts them again, each with these variables. */
  async start(tls: Readonly<Record<string, string>>): Promise<void> {
    await Promise.all(this.running.map((child) => child.end('SIGTERM')));
    const { address } = this.back;
    const places = {
      ORDER_RPC: `tcp://${address}:${orderPort}`,
      PAY_RPC: `tcp://${address}:${payPort}`,
    };
    const common = { ...places, ...tls, DEMO: 'true' };
    const pay = {
      WECHAT_API_URL: `http://127.0.0.1:${sandboxPort}`,
      // No notice goes over the wire.
      WECHAT_NOTIFY_URL: 'http://127.0.0.1:9/pay/notify',
      ...merchant,
    };
    const DATABASE_URL = `sqlite:${join(this.folder, 'saoma.sqlite')}`;
    this.running = await Promise.all([
      this.back.service('pay-service', { ...common, ...pay }),
      this.back.service('order-service', { ...common, DATABASE_URL, QUERY_INTERVAL_MS: '200' }),
      this.front.service('cart-gateway', { ...common, AUTH_JWT_SECRET: authSecret }),
    ]);
  }

  /** Somebody buys and pays; the words of it that are nobody else's business. */
  async sells() {
    const shopper = await Shopper.signIn(this.url);
    const { out_trade_no, order_ids } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    await this.sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const { user_id } = shopper;
    const receiver = Object.values(aReceiver);
    const words = [out_trade_no, ...order_ids, code_url, user_id, ...receiver, 'searchPayLog'];
    return { out_trade_no, user_id, words };
  }

  /** What the stranger hears who asks the order service for a payment. */
  asks(how: 'plain' | 'tls', out_trade_no: string): string {
    const data = { out_trade_no, user_id: 'somebody', operator: true };
    const text = JSON.stringify({ id: '1', pattern: 'order.getPayment', data });
    const frame = `${text.length}#${text}`;
    return this.elsewhere.run(callOf, this.back.address, String(orderPort), how, frame);
  }

  isTold(words: RegExp): boolean {
    return this.running.some(({ lines }) => lines.some((line) => words.test(line)));
  }
}

if (hasNamespaces) {
  describe('a stranger on the wire between two machines', () => {
    let shop: Shop;
    before(async () => {
      shop = await Shop.build();
    });
    after(() => shop?.wire.stop());

    it('reads everything and calls what they like, without TLS', async () => {
      await shop.start({});
      const { words, out_trade_no, user_id } = await shop.sells();
      for (const word of words) await until(`the trace has ${word}`, () => shop.wire.has(word));
      assert.match(shop.asks('plain', out_trade_no), new RegExp(user_id));
    });

    it('reads nothing, and calls in vain, with TLS', async () => {
      const ca = new TestCa('of the shop');
      const called = [shop.wire.places[1]?.address ?? ''];
      await shop.start(new TlsFolder(ca.identity({ called })).env);
      shop.wire.clear();
      const { words, out_trade_no } = await shop.sells();
      // What was sent before is in the trace once this is, which nobody encrypts.
      shop.asks('plain', '1');
      await until('the trace has the stranger', () => shop.wire.has('order.getPayment'));
      assert.deepEqual(
        words.filter((word) => shop.wire.has(word)),
        [],
      );
      for (const how of ['plain', 'tls'] as const) assert.equal(shop.asks(how, out_trade_no), '');
      for (const why of ['it does not speak TLS', 'it has shown no certificate']) {
        await until(why, () => shop.isTold(new RegExp(`a caller was refused: .*${why}`)));
      }
    });
  });
}
