import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { beijingDay } from '@saoma/platform/beijing';
import { expected } from '../support/http';
import { freePort } from '../support/ports';
import { System } from '../support/system';

/** Runs `npm run NAME -- ...`, built already, in exactly this environment. */
function run(name: string, words: readonly string[], env: Record<string, string>) {
  const program = join(__dirname, `../../apps/order-service/src/${name}.js`);
  return new Promise<{ code: number; said: string }>((resolve) => {
    execFile(process.execPath, [program, ...words], { env }, (error, stdout, stderr) => {
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
  const open = await run('forget', [user_id], { ORDER_RPC });
  assert.deepEqual([open.code, /can be paid/.test(open.said)], [1, true], open.said);
  assert.doesNotMatch(open.said, /ORDER_RPC/);
  expected(200, await shopper.close(out_trade_no));
  const done = await run('forget', [user_id], { ORDER_RPC });
  assert.deepEqual(done, {
    code: 0,
    said: `The receivers of ${order_ids.length} orders are unreadable from now on.\n`,
  });
  const { receiver } = await shopper.order(order_ids[0] ?? '');
  assert.deepEqual(receiver, { name: '***', mobile: '***', address: '***' });
  for (const wrong of [[], [user_id, 'another']]) {
    assert.equal((await run('forget', wrong, { ORDER_RPC })).code, 1);
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

const dayMs = 86_400_000;
const dayAgo = (days: number) => beijingDay(Date.now() - days * dayMs);

test('a day is compared by a command, which says what was found', async () => {
  const { ORDER_RPC = '' } = system.gateway.env;
  const reconcile = (...words: string[]) => run('reconcile', words, { ORDER_RPC });
  const wrong = [[], ['2026-02-30'], ['yesterday'], [dayAgo(2), dayAgo(3)]];
  const tooLate = [[dayAgo(0)], [dayAgo(-1)], [dayAgo(91)]];
  const refused = await Promise.all([...wrong, ...tooLate].map((words) => reconcile(...words)));
  assert.deepEqual(
    refused.map(({ code }) => code),
    refused.map(() => 2),
  );
  for (const { said } of refused.slice(wrong.length)) assert.match(said, /no bill of that day/);
  assert.deepEqual(await system.rows('SELECT day FROM tb_reconciliation'), []);

  const day = dayAgo(2);
  const quiet = await reconcile(day);
  assert.deepEqual(quiet, { code: 0, said: `${day}  NO_BILL\nfound: 0\n` });
  const shopper = await system.shopper();
  const { out_trade_no } = await shopper.buy();
  await system.change(`UPDATE tb_paylog SET trade_state = '1', transaction_id = '42',
    pay_time = '${day} 04:00:00' WHERE out_trade_no = '${out_trade_no}'`);
  const differs = await reconcile(day);
  assert.equal(differs.code, 1, differs.said);
  const line = `LOCAL_ONLY ${out_trade_no}  here: 6810 fen SUCCESS; WeChat says now: `;
  assert.ok(differs.said.includes(line), differs.said);
  assert.match(differs.said, /DIFFERENT\n.*\nfound: 1\n$/);
});

test('an order service that is away is told with its variable, in one line', async () => {
  const ORDER_RPC = `tcp://127.0.0.1:${await freePort()}`;
  const away = 'ORDER_RPC: the order service cannot be reached: connect ECONNREFUSED';
  for (const [name, word, code] of [
    ['forget', 'anna', 1],
    ['reconcile', dayAgo(2), 3],
  ] as const) {
    const told = await run(name, [word], { ORDER_RPC });
    assert.equal(told.code, code);
    assert.match(told.said, new RegExp(`^${name}: ${away} .+\\n$`));
  }
});
