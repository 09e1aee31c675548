import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { SandboxKit } from '../kit/create-sandbox';
import { exampleMerchant } from '../merchant';
import { anOrder, aSandbox, call, openOrder, received } from '../spec-kit';
import { openV3Order, refunds, v3Call, v3Merchant } from '../v3/spec-kit';
import { aPath, readBook, reborn } from './spec-kit';

const merchants = [exampleMerchant, v3Merchant] as const;
const runsMax = 8;

/** Where an act happens: the sandbox, the address of a shop, and the order that it is about. */
interface Place {
  readonly kit: SandboxKit;
  readonly url: string;
  readonly name: string;
}

type Act = (place: Place) => Promise<unknown>;

/** What is refused at this moment is refused: the next book must be equal all the same. */
const may =
  (act: Act): Act =>
  (place) =>
    act(place).catch(() => undefined);

const v3Number = (name: string) => `V3-${name}`;

/** Everything that can be done to a book. */
const acts: Record<string, Act> = {
  order: ({ kit, url, name }) =>
    call(kit, '/pay/unifiedorder', anOrder({ out_trade_no: name, notify_url: `${url}/n` })),
  orderUntil: may(({ kit, name }) =>
    openOrder(kit, { out_trade_no: `${name}-end`, time_expire: '20260930120000' }),
  ),
  orderV3: may(({ kit, url, name }) =>
    openV3Order(kit, { out_trade_no: v3Number(name), notify_url: `${url}/n` }),
  ),
  close: ({ kit, name }) => call(kit, '/pay/closeorder', { out_trade_no: name }),
  burn: ({ kit, name }) =>
    v3Call(kit, ['POST', `/v3/pay/transactions/out-trade-no/${name}-burnt/close`], {
      body: { mchid: v3Merchant.mch_id },
    }),
  scan: may(async ({ kit, name }) => {
    const { code_url } = await kit.control.trade(name);
    await fetch(`${kit.url}/phone?payer=2&code_url=${encodeURIComponent(code_url)}`);
  }),
  pay: may(({ kit, name }) => kit.control.pay({ out_trade_no: name })),
  payV3: may(({ kit, name }) => kit.control.pay({ out_trade_no: v3Number(name) })),
  refund: may(({ kit, url, name }) =>
    kit.control.refund({ out_trade_no: name, refund_fee: 7, notify_url: `${url}/r` }),
  ),
  refundV3: ({ kit, url, name }) =>
    v3Call(kit, refunds, {
      body: {
        out_trade_no: v3Number(name),
        out_refund_no: `R-${name}`,
        funds_account: 'UNSETTLED',
        notify_url: `${url}/r`,
        amount: { total: 101, refund: 1, currency: 'CNY' },
      },
    }),
  endOtherwise: ({ kit }) =>
    kit.control.fault({ match: { call: 'refund' }, kind: 'refund_ending', ending: 'CHANGE' }),
  coupons: ({ kit }) => kit.control.fault({ match: { notice: 'pay' }, kind: 'coupons' }),
  drop: ({ kit }) => kit.control.fault({ match: { notice: 'pay' }, kind: 'drop' }),
  late: ({ kit }) =>
    kit.control.fault({ match: { notice: 'refund' }, kind: 'delay', delay_ms: 90_000 }),
  forge: may(({ kit, name }) =>
    kit.control.notice({ out_trade_no: name, fault: { kind: 'forged' } }),
  ),
  soon: ({ kit }) => kit.control.advance(20_000),
  later: ({ kit }) => kit.control.advance(4_000_000),
  settings: ({ kit }) => kit.control.settings({ refund_spacing_ms: 0, close_after_ms: 0 }),
  shares: ({ kit }) => kit.control.changePlatform({ probe_share: 1, public_key_share: 0.25 }),
  tell: ({ kit, name }) =>
    kit.control.merchant({ mch_id: '1900000109', appid: 'wx0123456789abcdef', name }),
  renew: ({ kit }) =>
    kit.control.merchant({ ...exampleMerchant, certificate: v3Merchant.certificate }),
};

/** It has a notice of either dialect at its third attempt. */
async function aPatientShop(t: TestContext) {
  let heard = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      heard += 1;
      response.statusCode = heard % 3 === 0 ? 200 : 500;
      response.end(received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const step = fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.constantFrom('order-1', 'order-2'));

test('whatever was done, a sandbox that begins with the file has an equal book', async (t) => {
  const shop = await aPatientShop(t);
  const everything = Object.keys(acts).map((name): [string, string] => [name, 'order-1']);
  const property = fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    const file = aPath();
    const kit = await aSandbox(t, { file, merchants });
    for (const [name, about] of steps) {
      await acts[name]?.({ kit, url: shop.url, name: about });
    }
    await kit.control.advance(0);
    const { kit: next, copy } = await reborn(t, file, { merchants });
    await next.control.advance(0);
    assert.deepEqual(readBook(copy), readBook(file));
    for (const look of ['trades', 'refunds', 'settings', 'clock', 'platform']) {
      const [before, after] = await Promise.all(
        [kit, next].map(async ({ url }) => (await fetch(`${url}/_sandbox/${look}`)).json()),
      );
      assert.deepEqual(after, before, look);
    }
    // And both come to the same end.
    const ends = await Promise.all(
      [kit, next].map(async ({ control }) => {
        await control.advance(8 * 86_400_000);
        return (await control.trades()).map(({ notices, ...trade }) => {
          return { ...trade, told: [...new Set(notices.map(({ kind }) => kind))].sort() };
        });
      }),
    );
    assert.deepEqual(ends[1], ends[0]);
    await Promise.all([kit.close(), next.close()]);
  });
  await fc.assert(property, { numRuns: runsMax, examples: [[everything]], endOnFailure: true });
});
