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

  it('a pay service that stood still ends no code that another one has brought', async () => {
    const [still] = system().pays;
    const shopper = await system().shopper();
    const codeOfNext = async () => {
      const { out_trade_no } = await shopper.buy();
      return () => shopper.createNative(out_trade_no);
    };
    const wanted = [];
    for (let count = 0; count < shoppersMax; count += 1) wanted.push(await codeOfNext());
    still?.signal('SIGSTOP');
    const codes = await Promise.all(wanted.map((code) => code()));
    still?.signal('SIGCONT');
    await until('it is called again', async () => {
      const { out_trade_no } = await (await codeOfNext())();
      return still?.log.some((line) => line.includes(out_trade_no));
    });
    for (const { code_url, out_trade_no } of codes) {
      await system().sandbox.pay(code_url);
      assert.ok((await shopper.queryPayStatus(out_trade_no)).success);
    }
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
    // Several at once: of one shopper's calls the same ones would always meet the same service.
    const crowd = new Crowd(system());
    const says = (word: string) => () => lame.log.some((line) => line.includes(word));
    await until('it is called too', says('WeChat has received money'));
    way.refuse();
    await until('it lacks its database', says('the database cannot be reached'));
    const buyOften = async () => {
      const before = crowd.refusals.length;
      await crowd.buys(20);
      return crowd.refusals.length === before;
    };
    await until('it is left out', buyOften, 60_000);
    assert.ok(await buyOften());
    assert.equal((await ask('GET', `${system().url()}/health/ready`)).status, 200);
    await crowd.stop();
    await lame.stop();
    await way.stop();
    await whole?.start();
  });
};

if (storesHere.includes('mariadb+redis')) {
  onStores('two of each kind', { stores: 'mariadb+redis', orders: 2, pays: 2 }, tests);
}
