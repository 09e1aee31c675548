import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const main = path.join(__dirname, 'main.js');

test('a process tells where it listens and which fault fires, and stops cleanly', async (t) => {
  const env = { PATH: process.env.PATH, PORT: '0' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal(JSON.parse((await lines.next()).value).msg, 'starting');
  const { url } = JSON.parse((await lines.next()).value);
  const trades = await fetch(`${url}/_sandbox/trades`);
  assert.deepEqual(await trades.json(), { trades: [] });

  const body = JSON.stringify({ kind: 'http_error', match: { call: 'orderquery' } });
  const { status } = await fetch(`${url}/_sandbox/faults`, { method: 'POST', body });
  assert.equal(status, 201);
  const call = { method: 'POST', body: '<xml><mch_id>1</mch_id></xml>' };
  assert.equal((await fetch(`${url}/pay/orderquery`, call)).status, 502);
  const told = JSON.parse((await lines.next()).value);
  assert.deepEqual([told.msg, told.rule.kind], ['a fault fires', 'http_error']);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a wrong configuration stops it with one message', async () => {
  const env = { PATH: process.env.PATH, PORT: 'x', WECHAT_KEY: 'short' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) said.push(line);
  assert.match(said.join('\n'), /^wechat-sandbox: .*wrong:\n.*PORT.*\n.*WECHAT_KEY/);
  assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 1);
});

test('a port that is taken is named in one line', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = { PATH: process.env.PATH, PORT: String(port) };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) said.push(line);
  assert.deepEqual(said, [`wechat-sandbox: PORT: port ${port} of 127.0.0.1 is taken`]);
  assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 1);
});

const bin = path.join(process.cwd(), 'apps/wechat-sandbox/bin/saoma-wechat-sandbox.mjs');

test('npx saoma-wechat-sandbox refuses arguments in one line that names PORT', async () => {
  for (const words of [['--port', '29201'], ['29201']]) {
    const args = [bin, ...words];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.kill('SIGKILL'));
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) said.push(line);
    const instead = 'its environment sets it up, PORT for instance (see --help)';
    assert.deepEqual(said, [`saoma-wechat-sandbox: it takes no ${words[0]}: ${instead}`]);
    assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 1);
  }
});

test('npx saoma-wechat-sandbox explains itself', async () => {
  const child = spawn(process.execPath, [bin, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout) said += chunk;
  assert.match(said, /SANDBOX_CLOSE_AFTER_MS +300000/);
});
