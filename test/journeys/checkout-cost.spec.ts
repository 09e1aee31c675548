import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Mariadb } from '../support/mariadb';
import { onStores, storesHere } from '../support/on-stores';
import { RpcCalls } from '../support/rpc-calls';
import type { Shopper } from '../support/shopper';
import { StatementLog } from '../support/statement-log';
import type { System } from '../support/system';
import { until } from '../support/until';

/** What one checkout may cost; `npm run bench` shows the same numbers beside their time. */
const limits = { statements: 20, commits: 4, rpc: 11, wechat: 1 };
const checkouts = 3;

/** Three lines from two sellers, order, code, notice, paid. */
async function checkout(system: System, shopper: Shopper): Promise<string> {
  for (const item_id of ['1001', '1002', '2001']) await shopper.putItem(item_id, 2);
  const { out_trade_no } = await shopper.checkout();
  const { code_url } = await shopper.createNative(out_trade_no);
  await system.sandbox.pay(code_url);
  await until('the notice to be accepted', async () => {
    const { notices } = await system.sandbox.trade(out_trade_no);
    return notices.some(({ accepted }) => accepted);
  });
  const { success } = await shopper.queryPayStatus(out_trade_no);
  assert.equal(success, true);
  return out_trade_no;
}

if (storesHere.includes('mariadb+redis')) {
  const links = ['gateway>order', 'gateway>pay', 'order>pay'] as const;
  onStores('a paid checkout', { stores: 'mariadb+redis', links }, (system) => {
    it('takes no more statements, commits, calls between services and to WeChat', async (t) => {
      const shopper = await system().shopper();
      const log = await StatementLog.open(mariadbOf(system()));
      t.after(() => log.close());
      const calls = new RpcCalls(links.map((link) => system().link(link)));
      await checkout(system(), shopper);
      const found: Record<keyof typeof limits, number>[] = [];
      for (let count = 0; count < checkouts; count += 1) {
        calls.restart();
        await log.restart();
        const out_trade_no = await checkout(system(), shopper);
        const { calls: asked } = await system().sandbox.trade(out_trade_no);
        found.push({
          ...(await log.read()),
          rpc: calls.total,
          wechat: Object.values(asked).reduce((sum, one) => sum + one, 0),
        });
      }
      // A busy machine adds a second try to some of them.
      const least = (name: keyof typeof limits) => Math.min(...found.map((one) => one[name]));
      for (const [name, limit] of Object.entries(limits) as [keyof typeof limits, number][]) {
        assert.ok(least(name) <= limit, `${name}: ${found.map((one) => one[name])} > ${limit}`);
      }
    });
  });
}

function mariadbOf({ mariadb }: System): Mariadb {
  if (!mariadb) throw new Error('this system has no MariaDB');
  return mariadb;
}
