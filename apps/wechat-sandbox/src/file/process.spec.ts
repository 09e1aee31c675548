import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { SandboxClient } from '../kit/sandbox-client';
import { aShop, call, comeAgain, openOrder, received } from '../spec-kit';
import { aPath } from './spec-kit';

const main = path.join(__dirname, '../main.js');
const out_trade_no = 'T20260930-0001';
const hourMs = 3_600_000;

function spawnWith(t: TestContext, SANDBOX_FILE: string) {
  const env = { PATH: process.env.PATH, PORT: '0', SANDBOX_FILE };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** A sandbox with this file, as soon as it listens. */
async function start(t: TestContext, file: string) {
  const child = spawnWith(t, file);
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line);
    if (url) return { child, url, control: new SandboxClient(url) };
  }
  throw new Error('it ended');
}

/** What one says that refuses to begin, and its exit code. */
async function refusal(t: TestContext, file: string) {
  const child = spawnWith(t, file);
  const exit = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) said.push(line);
  return { said: said.join('\n'), code: (await exit)[0] };
}

test('a process that is killed right after an answer has lost nothing of it', async (t) => {
  const file = aPath();
  let reply = comeAgain;
  const shop = await aShop(t, () => reply);
  const first = await start(t, file);
  const platform = await first.control.platform();
  await openOrder(first, { notify_url: `${shop.url}/n` });
  await first.control.advance(hourMs);
  const { transaction_id } = await first.control.pay({ out_trade_no });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  reply = received;
  const { child, ...second } = await start(t, file);
  assert.deepEqual(await second.control.platform(), platform);
  const trade = await second.control.trade(out_trade_no);
  assert.equal(trade.transaction_id, transaction_id);
  const told = await call(second, '/pay/orderquery', { out_trade_no });
  assert.equal(told.get('trade_state'), 'SUCCESS');
  const aheadMs = Date.parse(await second.control.advance(15_000)) - Date.now();
  assert.ok(aheadMs > hourMs, `${aheadMs}`);
  const { notices } = await second.control.trade(out_trade_no);
  assert.equal(notices.at(-1)?.accepted, true);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a second process with the same file refuses to begin', async (t) => {
  const file = aPath();
  const { child, control } = await start(t, file);
  const { said, code } = await refusal(t, file);
  assert.match(said, new RegExp(`^wechat-sandbox: SANDBOX_FILE: .* by process ${child.pid}, as`));
  assert.equal(code, 1);
  assert.deepEqual(await control.trades(), []);
});

test('a process with a file that is none of its own refuses to begin, in one line', async (t) => {
  const file = aPath();
  writeFileSync(file, '{"trades":[');
  const { said, code } = await refusal(t, file);
  assert.match(said, /^wechat-sandbox: SANDBOX_FILE: .* is not whole: .* left as it is.*$/);
  assert.equal(code, 1);
  assert.equal(readFileSync(file, 'utf8'), '{"trades":[');
});

test('a process whose folder is none refuses to begin, in one line', async (t) => {
  const home = aPath();
  writeFileSync(home, '');
  const { said, code } = await refusal(t, path.join(home, 'book.json'));
  assert.match(said, /^wechat-sandbox: SANDBOX_FILE: .* cannot be used: ENOTDIR: not a dir.*$/);
  assert.equal(code, 1);
});
