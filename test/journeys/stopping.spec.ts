import { it } from 'node:test';
import { onEveryStore, type System } from '../support/system';
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
  'while WeChat is silent',
  { links: ['pay>wechat'], env: { 'order-service': watchful } },
  (system) => {
    it('every service that is asked to stop ends cleanly, whatever waits for WeChat', async () => {
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
  },
);
