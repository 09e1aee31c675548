import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { aSandbox, aShop, call, comeAgain, openOrder, received } from '../spec-kit';
import { isSigned } from '../v2/sign';

const out_trade_no = 'T20260930-0001';
const dayMs = 86_400_000;

const elements =
  'appid attach bank_type cash_fee fee_type is_subscribe mch_id nonce_str openid out_trade_no ' +
  'result_code return_code sign time_end total_fee trade_type transaction_id';

async function aPaidOrder(kit: Awaited<ReturnType<typeof aSandbox>>, url: string) {
  await openOrder(kit, { notify_url: `${url}/notify`, attach: 'a&b' });
  await kit.control.pay({ out_trade_no });
  await kit.control.advance(0);
}

test('a notice that nobody takes is repeated 15 times in 24 h 4 min, byte for byte', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t, () => comeAgain);
  await aPaidOrder(kit, shop.url);
  await kit.control.advance(7 * dayMs);
  const { notices, trade_state } = await kit.control.trade(out_trade_no);
  const times = notices.map(({ time }) => Date.parse(time));
  const waits = times.slice(1).map((time, n) => (time - (times[n] ?? 0)) / 1_000);
  const minutes = [3, 10, 20, 30, 30, 30, 60, 180, 180, 180, 360, 360];
  assert.deepEqual(waits, [15, 15, 30, ...minutes.map((each) => each * 60)]);
  assert.equal((times.at(-1) ?? 0) - (times[0] ?? 0), (24 * 60 + 4) * 60_000);
  assert.equal(new Set(shop.heard.map(({ body }) => body)).size, 1);
  assert.equal(shop.heard.length, 16);
  assert.ok(notices.every(({ accepted }) => !accepted));
  assert.equal(trade_state, 'SUCCESS');
});

test('the notice is signed as the order was, and complete', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  await aPaidOrder(kit, shop.url);
  const [heard] = shop.heard;
  assert.equal([...(heard?.fields.keys() ?? [])].join(' '), elements);
  assert.ok(isSigned(heard?.fields ?? new Map(), exampleMerchant.key, 'MD5'));
  const query = await call(kit, '/pay/orderquery', { out_trade_no });
  assert.equal(heard?.fields.get('transaction_id'), query.get('transaction_id'));
  await kit.control.advance(dayMs);
  assert.equal(shop.heard.length, 1);
});

describe('received is only HTTP 200 with return_code SUCCESS', () => {
  const replies: [what: string, status: number, body: string][] = [
    ['FAIL', 200, comeAgain],
    ['an empty reply', 200, ''],
    ['no XML', 200, 'success'],
    ['another status', 201, received],
    ['a redirect', 302, received],
    ['an error', 500, received],
  ];
  for (const [what, status, body] of replies) {
    test(`${what} is repeated`, async (t) => {
      const kit = await aSandbox(t);
      const server = createServer((_request, response) => {
        response.writeHead(status, { location: '/elsewhere' }).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      await aPaidOrder(kit, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await kit.control.advance(15_000);
      const { notices } = await kit.control.trade(out_trade_no);
      assert.deepEqual(
        notices.map((notice) => [notice.status, notice.accepted]),
        [
          [status, false],
          [status, false],
        ],
      );
      server.closeAllConnections();
    });
  }

  test('nobody at the address is repeated, and the book says why', async (t) => {
    const kit = await aSandbox(t);
    await aPaidOrder(kit, 'http://127.0.0.1:1');
    const [notice] = (await kit.control.trade(out_trade_no)).notices;
    assert.equal(notice?.status, null);
    assert.match(notice?.reply ?? '', /ECONNREFUSED/);
  });
});

test('an order that was forgotten is not told of any more', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t, () => comeAgain);
  await aPaidOrder(kit, shop.url);
  await kit.control.forget();
  await kit.control.advance(dayMs);
  assert.equal(shop.heard.length, 1);
  assert.deepEqual(await kit.control.trades(), []);
});

test('by hand a notice can be sent again, and forged for an order that nobody paid', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  await openOrder(kit, { notify_url: `${shop.url}/notify` });
  await assert.rejects(kit.control.notice({ out_trade_no }), { status: 409 });
  const forged = await kit.control.notice({ out_trade_no, fault: { kind: 'forged' } });
  assert.equal(forged.fault, 'forged');
  assert.ok(!isSigned(shop.heard[0]?.fields ?? new Map(), exampleMerchant.key, 'MD5'));
  assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
  await kit.control.pay({ out_trade_no });
  const again = await kit.control.notice({ out_trade_no });
  assert.equal(again.repeat, null);
  assert.ok(isSigned(shop.heard.at(-1)?.fields ?? new Map(), exampleMerchant.key, 'MD5'));
  for (const kind of ['drop', 'nonsense']) {
    await assert.rejects(kit.control.notice({ out_trade_no, fault: { kind } }), { status: 400 });
  }
});
