import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { namedTrace } from '@saoma/platform/traces/trace';
import { Webhook } from 'standardwebhooks';
import { ConnectProxy } from '../../../../test/support/connect-proxy';
import { until } from '../../../../test/support/until';
import { DeliveryRow } from '../ledger/delivery.entity';
import { OperatorService } from '../operator/operator.service';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { heardLines, money, OrderRoom } from '../spec-kit';
import { Courier, ladderMs } from './courier';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** While it is changed there are two, and the shop knows one or the other. */
const nextSecret = `whsec_${Buffer.alloc(24, 'next').toString('base64')}`;

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A shop's webhook: a real HTTP server that answers what it is told to. */
class Shop {
  readonly heard: Heard[] = [];
  status = 204;
  /** What it answers with, after a status that says yes. */
  answer: (response: ServerResponse) => void = (response) => response.end('ok');
  private constructor(private readonly server: Server) {}

  static async open(): Promise<Shop> {
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      shop.heard.push({ headers: request.headers, body });
      response.writeHead(shop.status, { location: '/elsewhere' });
      shop.answer(response);
    });
    const shop = new Shop(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

onEachDatabase('the courier', (bench) => {
  let room: OrderRoom;
  let shop: Shop;
  const rowsOf = (out_trade_no: string) =>
    room.database.statements((manager) =>
      manager.find(DeliveryRow, { where: { out_trade_no }, order: { event_id: 'ASC' } }),
    );
  const aPaidPayment = async () => {
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    return out_trade_no;
  };
  const states = async (out_trade_no: string) =>
    (await rowsOf(out_trade_no)).map(({ state }) => state);

  const firstTry = (out_trade_no: string) =>
    until('the first try', async () => {
      const rows = await rowsOf(out_trade_no);
      return rows[0]?.tries === 1 ? rows : undefined;
    });

  test.beforeEach(async () => {
    shop = await Shop.open();
    room = await OrderRoom.open(bench, {
      env: { SHOP_WEBHOOK_URL: shop.url, SHOP_WEBHOOK_SECRET: `${secret} ${nextSecret}` },
      ticks: true,
    });
  });
  test.afterEach(async () => {
    await room.close();
    shop.close();
  });

  test('brings each message, signed as Standard Webhooks says, in order', async () => {
    const out_trade_no = await aPaidPayment();
    await until('all to be told', async () =>
      (await states(out_trade_no)).every((state) => state === 'DELIVERED'),
    );
    const ids = (await rowsOf(out_trade_no)).map(({ event_id }) => event_id);
    assert.deepEqual(
      shop.heard.map(({ headers }) => headers['webhook-id']),
      ids,
    );
    const types: string[] = [];
    for (const { headers, body } of shop.heard) {
      const [told, again] = [secret, nextSecret].map((known) =>
        new Webhook(known).verify(body, headers as Record<string, string>),
      );
      assert.deepEqual(told, again);
      const { type, data } = told as { type: string; data: { pay_time: string } };
      types.push(type);
      assert.equal(data.pay_time, new Date(data.pay_time).toISOString());
    }
    assert.deepEqual(types, ['payment.paid', 'order.paid', 'order.paid']);
    const traces = shop.heard.map(({ headers }) => namedTrace(headers.traceparent));
    assert.equal(new Set([...traces, undefined]).size, 4);
  });

  for (const [status, words] of [
    [500, 'HTTP 500'],
    [302, 'HTTP 302: redirects are not followed'],
    [404, 'HTTP 404'],
  ] as const) {
    test(`an answer of ${status} is no delivery: it is tried again later, in order`, async () => {
      shop.status = status;
      const out_trade_no = await aPaidPayment();
      const [first, second] = await firstTry(out_trade_no);
      assert.equal(first?.state, 'PENDING');
      assert.equal(first?.last_error, words);
      assert.ok((first?.next_try_time ?? new Date(0)) > new Date());
      // What comes after it waits for it.
      assert.equal(second?.tries, 0);
      assert.equal(shop.heard.length, 1);
    });
  }

  test('goes through the proxy, if there is one', async (t) => {
    const proxy = await ConnectProxy.start();
    t.after(() => proxy.stop());
    await room.close();
    room = await OrderRoom.open(bench, {
      env: {
        SHOP_WEBHOOK_URL: 'https://shop.invalid/hook',
        SHOP_WEBHOOK_SECRET: secret,
        HTTPS_PROXY: `http://${proxy.host}`,
      },
      ticks: true,
    });
    proxy.mood = 'refuse';
    const [first] = await firstTry(await aPaidPayment());
    assert.deepEqual(proxy.asked, ['shop.invalid:443']);
    assert.equal(first?.last_error, 'proxy: HTTP 407');
  });

  const broken: Record<string, [RegExp, Shop['answer']]> = {
    'breaks off': [
      /^the connection broke off \(\w+\)$/,
      (response) => {
        response.write('ok', () => response.destroy());
      },
    ],
    'is too large': [
      /^the answer is larger than 64 KiB \(\w+\)$/,
      (response) => response.end('x'.repeat(100_000)),
    ],
    'does not end': [/^no whole answer within 10 s \(\w+\)$/, (response) => response.write('ok')],
  };
  for (const [how, [words, answer]] of Object.entries(broken)) {
    test(`an answer that says 200 and ${how} is no delivery`, async () => {
      Object.assign(shop, { status: 200, answer });
      const [first] = await firstTry(await aPaidPayment());
      assert.equal(first?.state, 'PENDING');
      assert.match(first?.last_error ?? '', words);
    });
  }

  test('after the whole ladder a message is dead, and an operator can send it again', async () => {
    shop.status = 503;
    const out_trade_no = await aPaidPayment();
    // A try that is under way would write over what is written here.
    const [row] = await firstTry(out_trade_no);
    assert.ok(row);
    const { event_id } = row;
    const late = { tries: ladderMs.length, next_try_time: new Date() };
    await room.database.statements((m) => m.update(DeliveryRow, { event_id }, late));
    const lines = heardLines(out_trade_no);
    await until('it to be dead', async () => (await states(out_trade_no))[0] === 'DEAD');
    const dead = () => lines.filter(({ kind }) => kind === 'delivery.dead');
    const [line] = await until('the log to tell it', () =>
      dead().length > 0 ? dead() : undefined,
    );
    const told = { level: 50, out_trade_no, event_id, why: 'HTTP 503' };
    assert.deepEqual({ ...line, ...told }, line);
    assert.equal(dead().length, 1);
    shop.status = 200;
    const operator = room.get(OperatorService);
    const replayed = await operator.replayDelivery({ user_id: 'op', event_id });
    assert.equal(replayed.state, 'PENDING');
    await until('it to be delivered', async () => (await states(out_trade_no))[0] === 'DELIVERED');
    const heard = () => shop.heard.filter(({ headers }) => headers['webhook-id'] === event_id);
    const before = heard().length;
    const again = await operator.replayDelivery({ user_id: 'op', event_id });
    assert.equal(again.state, 'PENDING');
    await until('it to come once more', () => heard().length > before);
    const nobody = operator.replayDelivery({ user_id: 'op', event_id: '1' });
    await assert.rejects(nobody, { code: 'delivery/not-found' });
  });

  test('a shop that nobody can reach loses nothing', async () => {
    shop.close();
    const out_trade_no = await aPaidPayment();
    const [first] = await firstTry(out_trade_no);
    assert.equal(first?.last_error, 'nothing listens there (ECONNREFUSED)');
    assert.ok(room.get(Courier));
  });
});

test('the ladder takes about a day', () => {
  const sumMs = ladderMs.reduce((sum, ms) => sum + ms, 0);
  assert.ok(sumMs > 20 * 3_600_000 && sumMs < 26 * 3_600_000);
});
