import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expected } from '../support/http';
import { System } from '../support/system';

const program = join(__dirname, '../../apps/order-service/src/forget.js');

/** Runs `npm run forget`, built already, in exactly this environment. */
function forget(user: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: number; said: string }>((resolve) => {
    execFile(process.execPath, [program, ...user], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });
}

let system: System;
before(async () => {
  system = await System.start({ stores: 'sqlite' });
});
after(() => system?.stop());

test('somebody is forgotten by a command or an operator, once nothing can be paid', async () => {
  const { ORDER_RPC = '' } = system.gateway.env;
  const shopper = await system.shopper();
  const { user_id } = shopper;
  const { order_ids, out_trade_no } = await shopper.buy();
  const open = await forget([user_id], { ORDER_RPC });
  assert.deepEqual([open.code, /can be paid/.test(open.said)], [1, true], open.said);
  expected(200, await shopper.close(out_trade_no));
  const done = await forget([user_id], { ORDER_RPC });
  assert.deepEqual(done, {
    code: 0,
    said: `The receivers of ${order_ids.length} orders are unreadable from now on.\n`,
  });
  const { receiver } = await shopper.order(order_ids[0] ?? '');
  assert.deepEqual(receiver, { name: '***', mobile: '***', address: '***' });
  for (const wrong of [[], [user_id, 'another']]) {
    assert.equal((await forget(wrong, { ORDER_RPC })).code, 1);
  }

  const later = await shopper.buy();
  const operator = await system.shopper({ roles: ['operator'] });
  const ask = () => operator.ask('POST', '/api/forgotten-users', { body: { user_id } });
  const { code } = expected(409, await ask()) as { code: string };
  assert.equal(code, 'user/still-paying');
  expected(200, await shopper.close(later.out_trade_no));
  assert.deepEqual(expected(200, await ask()), { orders: 2, is_done: true });
  assert.deepEqual(expected(200, await ask()), { orders: 0, is_done: true });
});
