import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { inEachWay } from '../support/every-way';
import { storesHere } from '../support/on-stores';
import type { Code, Shopper, WeChatCheckout } from '../support/shopper';
import { rice, tea } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

const env = { 'order-service': { QUERY_INTERVAL_MS: '200' } };

/** What a disaster does: it resolves when everything is up again. */
type Disaster = (system: System) => Promise<unknown>;

const kills = {
  'the gateway': (system: System) => system.gateway.killAndRestart(),
  'the order service': (system: System) => system.order.killAndRestart(),
  'the pay service': (system: System) => system.pay.killAndRestart(),
};
const ours = ({ gateways, orders, pays }: System) => [...gateways, ...orders, ...pays];
const killAll: Disaster = (system) =>
  Promise.all(ours(system).map((service) => service.killAndRestart()));

const storeDisasters: Record<string, Disaster> = {
  'Redis, emptied': async ({ redis, sentinel }) => (sentinel ?? redis)?.flush(),
  'Redis, killed': async ({ redis, sentinel }) => {
    if (sentinel) {
      await sentinel.movedFrom(await sentinel.killPrimary());
      return sentinel.restart();
    }
    await redis?.kill();
    return redis?.restart();
  },
  'MariaDB, killed': async ({ mariadb }) => {
    await mariadb?.kill();
    await mariadb?.restart();
  },
};

/** A command is repeated until it is answered, as a page or a person does. */
const persist = <T>(what: string, work: () => Promise<T>) => until(what, work, 20_000);

/** The services may still be finding again what the test before has killed. */
async function newShopper(system: System): Promise<Shopper> {
  const shopper = await system.shopper();
  await persist('the shop to be whole', () => shopper.putItem(tea));
  return shopper;
}

/**
 * The cart may be lost with Redis, also between its two lines; then it is filled again, and looked
 * at again.
 */
async function checkout(shopper: Shopper, key: string): Promise<WeChatCheckout> {
  return persist('checkout', async () => {
    const { lines } = await shopper.cart();
    if (lines.length < 2) {
      await shopper.putItem(tea);
      await shopper.putItem(rice);
      return false;
    }
    return shopper.checkout(key);
  });
}

function pay(system: System, { code_url, out_trade_no }: Code) {
  return persist('the payer to pay', async () => {
    await system.sandbox.tryToPay(code_url);
    return (await system.sandbox.trade(out_trade_no)).trade_state === 'SUCCESS';
  });
}

async function assertPaidOnce(system: System, shopper: Shopper, made: WeChatCheckout) {
  const { out_trade_no, order_ids } = made;
  const payment = await persist('the payment to be settled', async () => {
    const found = await shopper.payment(out_trade_no);
    return found.trade_state === 'SUCCESS' && found;
  });
  const trade = await system.sandbox.trade(out_trade_no);
  assert.equal(payment.transaction_id, trade.transaction_id);
  assert.equal(trade.codes.length, 1);
  assert.equal(payment.total_fee, 6810);
  const { payments } = await shopper.payments();
  assert.equal(payments.length, 1);
  const { orders } = await shopper.orders();
  assert.deepEqual(orders.map(({ order_id }) => order_id).sort(), [...order_ids].sort());
  for (const { status } of orders) assert.equal(status, '2');
  assert.deepEqual(await persist('a page', () => shopper.queryPayStatus(out_trade_no)), {
    success: true,
    message: '支付成功',
  });
}

/** The whole journey, with the disaster after each of its steps. */
async function journeyWith(system: System, disaster: Disaster) {
  const shopper = await newShopper(system);
  await shopper.putItem(tea);
  await shopper.putItem(rice);
  await disaster(system);
  const made = await checkout(shopper, randomUUID());
  await disaster(system);
  const { out_trade_no } = made;
  const code = await persist('a code', () => shopper.createNative(out_trade_no));
  await disaster(system);
  assert.deepEqual(await persist('the code again', () => shopper.createNative()), code);
  await pay(system, code);
  await disaster(system);
  await assertPaidOnce(system, shopper, made);
}

/** The whole journey, with the disaster while each of its steps is under way. */
async function journeyAmid(system: System, disaster: Disaster) {
  const shopper = await newShopper(system);
  const amid = async <T>(step: () => Promise<T>): Promise<T> => {
    const [, done] = await Promise.all([disaster(system), step()]);
    return done;
  };
  const key = randomUUID();
  const made = await amid(() => checkout(shopper, key));
  const { out_trade_no } = made;
  const code = await amid(() => persist('a code', () => shopper.createNative(out_trade_no)));
  await amid(() => pay(system, code));
  await assertPaidOnce(system, shopper, made);
}

/** There is no time for more here: the proof plays them in every way. */
const ways = ['v2'] as const;

inEachWay('killed and restarted', { env, ways }, (system, stores, way) => {
  // Gateway and pay service know nothing of the stores, and the stores nothing of WeChat.
  const { 'the order service': orderKill } = kills;
  const killed = stores === storesHere.at(-1) ? kills : { 'the order service': orderKill };
  const stored = stores === 'sqlite' || way !== 'v2' ? {} : storeDisasters;
  for (const [what, disaster] of Object.entries({ ...killed, ...stored })) {
    it(`${what} between any two steps: the payment ends paid once`, () =>
      journeyWith(system(), disaster));
  }
  for (const [what, disaster] of Object.entries({ 'all three': killAll, ...stored })) {
    it(`${what} amid any step: the payment ends paid once`, () => journeyAmid(system(), disaster));
  }

  it('a payment made while all three are down is settled when they come back', async () => {
    const shopper = await newShopper(system());
    const made = await shopper.buy();
    const code = await shopper.createNative();
    await Promise.all(ours(system()).map((service) => service.kill()));
    await system().sandbox.pay(code.code_url);
    await Promise.all(ours(system()).map((service) => service.start()));
    await assertPaidOnce(system(), shopper, made);
  });

  it('WeChat away: a page is told so, and everything goes on when it is back', async () => {
    const shopper = await newShopper(system());
    const made = await shopper.buy();
    await system().sandboxProcess.kill();
    const answer = await shopper.ask('GET', '/pay/createNative');
    assert.equal(answer.status, 503);
    assert.equal((answer.json() as { code: string }).code, 'wechat/unavailable');
    await system().startWechat();
    const code = await persist('a code', () => shopper.createNative(made.out_trade_no));
    await pay(system(), code);
    await assertPaidOnce(system(), shopper, made);
  });
});
