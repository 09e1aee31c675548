import assert from 'node:assert/strict';
import { it } from 'node:test';
import { onEveryStore } from '../support/on-stores';
import { freePort } from '../support/ports';
import { ServiceProcess } from '../support/processes';
import type { System } from '../support/system';
import { until } from '../support/until';

async function opened(system: System) {
  const shopper = await system.shopper();
  const { out_trade_no } = await shopper.buy();
  await shopper.createNative();
  return { close: () => shopper.close(out_trade_no) };
}

// So that a look begins in the middle of the stop.
const watchful = { QUERY_INTERVAL_MS: '1500' };
onEveryStore(
  'starting and stopping',
  { links: ['pay>wechat', 'order>database'], env: { 'order-service': watchful } },
  (system, stores) => {
    it('while WeChat is silent, services that are asked to stop end cleanly', async () => {
      const payments = await Promise.all(Array.from({ length: 8 }, () => opened(system())));
      system().link('pay>wechat').blackHole();
      await until('the watcher to be kept waiting', () =>
        system().pay.log.some((line) => /"orderquery".*"unknown"/.test(line)),
      );
      const closes = payments.slice(0, 2).map(({ close }) => close().catch(() => undefined));
      await until('the closes to be under way', async () => {
        const wished = 'SELECT out_trade_no FROM tb_paylog WHERE close_wish_time IS NOT NULL';
        return (await system().rows(wished)).length === closes.length;
      });
      await system().order.stop();
      await system().pay.stop();
      await Promise.all(closes);
      system().link('pay>wechat').heal();
      await Promise.all([system().order.start(), system().pay.start()]);
    });

    if (stores === 'sqlite') {
      it('a second order service on its file is refused, and none after it is killed', async () => {
        const { env } = system().order;
        const ORDER_RPC_LISTEN = `tcp://127.0.0.1:${await freePort()}`;
        const second = new ServiceProcess('order-service', { ...env, ORDER_RPC_LISTEN });
        const { code, said } = await second.startInVain();
        assert.equal(code, 1);
        assert.match(
          said,
          /^order-service: DATABASE_URL: another order service uses \S+sqlite: .*$/m,
        );
        assert.doesNotMatch(said, /node_modules/);
        await system().order.kill();
        await second.start();
        await second.stop();
        await system().order.start();
      });
      return;
    }

    it('an order service that waits for its database stops at once', async () => {
      await system().order.stop();
      system().link('order>database').refuse();
      const starting = assert.rejects(system().order.start());
      const isWaiting = () => system().order.log.some((line) => /waiting for the data/.test(line));
      await until('the start to wait', isWaiting);
      await system().order.stop();
      await starting;
      system().link('order>database').heal();
      await system().order.start();
    });

    for (const count of [1, 3, 6, 10, 15, 20, 25, 30]) {
      it(`a database that breaks off at message ${count} of the start only delays it`, async () => {
        await system().order.stop();
        const link = system().link('order>database');
        const before = link.cuts;
        link.cutAfter(count);
        await system().order.start();
        assert.equal(link.cuts, before + 1);
        await (await system().shopper()).buy();
      });
    }
  },
);
