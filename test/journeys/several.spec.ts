import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { ask } from '../support/http';
import { onStores, storesHere } from '../support/on-stores';
import { ServiceProcess } from '../support/processes';
import { rice, type Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { TcpProxy } from '../support/tcp-proxy';
import { until } from '../support/until';

/** So many shoppers buy at once, again and again. */
const shoppersMax = 6;

/** Shoppers who buy and pay until they are told to stop, as a patient client does. */
class Crowd {
  /** Payments that were seen to be paid. */
  readonly paid: string[] = [];
  /**
   * Answers that said 503, after which it was asked again, but for those to calls that took too
   * long: a slow machine makes these, and no stop does.
   */
  readonly refusals: string[] = [];
  private goesOn = true;
  private readonly all: Promise<unknown>;

  constructor(private readonly system: System) {
    this.all = Promise.all(Array.from({ length: shoppersMax }, () => this.shop()));
  }

  /** Resolves when so many more have paid. */
  async buys(count: number): Promise<void> {
    const before = this.paid.length;
    const bought = until(`${count} purchases`, () => this.paid.length >= before + count, 40_000);
    await Promise.race([bought, this.all]);
  }

  async stop(): Promise<void> {
    this.goesOn = false;
    await this.all;
  }

  private async shop(): Promise<void> {
    const shopper = await this.system.shopper();
    while (this.goesOn) await this.buy(shopper);
  }

  private async buy(shopper: Shopper): Promise<void> {
    const key = randomUUID();
    await this.persist(() => shopper.putItem(rice));
    const { out_trade_no } = await this.persist(() => shopper.checkout(key));
    const { code_url } = await this.persist(() => shopper.createNative(out_trade_no));
    await this.system.sandbox.pay(code_url);
    const { success } = await this.persist(() => shopper.queryPayStatus(out_trade_no));
    assert.ok(success);
    this.paid.push(out_trade_no);
  }

  /** Whatever is answered but 503 fails the test. */
  private persist<T>(request: () => Promise<T>): Promise<T> {
    let wrong: unknown;
    const look = async () => {
      try {
        return { answer: await request() };
      } catch (error) {
        const told = String(error);
        if (!/got 503/.test(told)) wrong = error;
        else if (!/does not answer/.test(told)) this.refusals.push(told);
        return wrong !== undefined && { wrong };
      }
    };
    return until('an answer that is not 503', look).then((found) => {
      if ('wrong' in found) throw found.wrong;
      return found.answer;
    });
  }
}

const tests = (system: () => System) => {
  it('of two of each kind either stops, and comes back, without any shopper noticing', async () => {
    const { orders, pays } = system();
    const crowd = new Crowd(system());
    await crowd.buys(6);
    for (const two of [0, 1].map((index) => [orders[index], pays[index]])) {
      await Promise.all(two.map((one) => one?.stop()));
      await crowd.buys(6);
      await Promise.all(two.map((one) => one?.start()));
      await crowd.buys(6);
    }
    await crowd.stop();
    assert.deepEqual(crowd.refusals, []);
  });

  it('an order service is killed and a pay service frozen: all are paid', async () => {
    const { orders, pays } = system();
    const crowd = new Crowd(system());
    await crowd.buys(6);
    await orders[0]?.kill();
    pays[0]?.signal('SIGSTOP');
    await crowd.buys(15);
    await orders[0]?.start();
    pays[0]?.signal('SIGCONT');
    await crowd.buys(6);
    await Promise.all([orders[1]?.stop(), pays[1]?.stop()]);
    await crowd.buys(6);
    await Promise.all([orders[1]?.start(), pays[1]?.start()]);
    await crowd.stop();
    const numbers = crowd.paid.map((number) => `'${number}'`).join();
    const rows = await system().rows(
      `SELECT trade_state FROM tb_paylog WHERE out_trade_no IN (${numbers})`,
    );
    assert.equal(rows.filter(({ trade_state }) => String(trade_state) === '1').length, rows.length);
    assert.equal(rows.length, crowd.paid.length);
  });

  it('an order service without its database is left out, and money can move', async () => {
    const { orders, mariadb } = system();
    const [, whole] = orders;
    const way = await TcpProxy.start(mariadb?.port ?? 0);
    const { DATABASE_URL = '' } = whole?.env ?? {};
    const url = DATABASE_URL.replace(/:[0-9]+\//, `:${way.port}/`);
    const lame = new ServiceProcess('order-service', { ...whole?.env, DATABASE_URL: url });
    await whole?.stop();
    await lame.start();
    const shopper = await system().shopper();
    const buyOften = async () => {
      for (let times = 0; times < 10; times += 1) await shopper.buy();
      return true;
    };
    way.refuse();
    await until('it is called, and cannot', () =>
      shopper.buy().then(
        () => false,
        (error) => /got 503/.test(String(error)),
      ),
    );
    await until('it is left out', buyOften);
    assert.ok(await buyOften());
    assert.equal((await ask('GET', `${system().url()}/health/ready`)).status, 200);
    await lame.stop();
    await way.stop();
    await whole?.start();
  });
};

if (storesHere.includes('mariadb+redis')) {
  onStores('two of each kind', { stores: 'mariadb+redis', orders: 2, pays: 2 }, tests);
}
