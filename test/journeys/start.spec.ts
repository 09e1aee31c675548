import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Child } from '../support/child';
import { temporaryFolder } from '../support/folders';
import { ask, expected } from '../support/http';
import { freePort } from '../support/ports';
import { Sandbox } from '../support/sandbox';
import { Shopper } from '../support/shopper';
import { merchant } from '../support/system';
import { until } from '../support/until';

const script = join(process.cwd(), 'scripts/start.mjs');
/** The folder that this very file was built into, so that nothing is built beside running tests. */
const buildFolder = join(__dirname, '..', '..');

const ports = async () => ({
  PORT: String(await freePort()),
  PAY_RPC: `tcp://127.0.0.1:${await freePort()}`,
  ORDER_RPC: `tcp://127.0.0.1:${await freePort()}`,
  WECHAT_API_URL: `http://127.0.0.1:${await freePort()}`,
});

const byNode = { file: process.execPath, args: [script, buildFolder] };
const byNpm = { file: 'npm', args: ['start', '--', buildFolder] };

/** `npm start` after its build, on ports and with a database of its own. */
function begin(t: TestContext, env: Record<string, string>, command = byNode): Child {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-start-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const child = new Child({
    name: 'npm start',
    ...command,
    env: { DATABASE_URL: `sqlite:${folder}/saoma.sqlite`, ...env },
  });
  t.after(() => child.end('SIGKILL'));
  return child;
}

async function isFree(url: string): Promise<boolean> {
  const server = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** So long the script itself waits for its services. */
const readyMsMax = 120_000;

const starting = /^\[..:..:..\] INFO \(pay-service\): starting \{"version":.*"dialect":"v2"\}$/m;

const isReady = (child: Child) => {
  const address = () => /ready: (\S+)/.exec(child.lines.join('\n'))?.[1];
  return child.orEnds(until('the address of the storefront', address, readyMsMax), readyMsMax);
};

/** What `npm run` of each script that is a start says in a clone without packages. */
function saidByScripts(nodeOptions: string): string[] {
  const folder = temporaryFolder('clone');
  const packages = ['packages/client', 'apps/wechat-sandbox'];
  const manifests = packages.map((name) => join(name, 'package.json'));
  for (const part of ['package.json', 'scripts', ...manifests]) {
    cpSync(join(process.cwd(), part), join(folder, part), { recursive: true });
  }
  const scripts = [
    ...['start', 'test', 'build'].map((name) => ['.', name] as const),
    // What npm pack runs first.
    ...packages.map((name) => [name, 'prepack'] as const),
  ];
  return scripts.map(([within, name]) => {
    const { status, stderr } = spawnSync('npm', ['run', '--silent', name], {
      cwd: join(folder, within),
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: nodeOptions },
    });
    assert.equal(status, 1, `${name}: ${stderr}`);
    return stderr;
  });
}

test('where nothing is installed, npm start, test, build and pack say what to do', () => {
  for (const said of saidByScripts('')) {
    assert.equal(said, 'The packages are not installed: run `npm ci` first.\n');
  }
});

test('a Node that cannot do what Saoma needs is told which one can', () => {
  for (const said of saidByScripts('--no-experimental-require-module')) {
    assert.match(said, /^Saoma needs Node \^20\.19\.0 \|\| >=22\.12\.0, and this is v\S+\.\n$/);
  }
});

for (const dialect of ['v3', 'v2'] as const) {
  test(`npm start sells by ${dialect}, and Ctrl-C stops all of it`, async (t) => {
    const env = await ports();
    // APIv3 is what it speaks when nobody chooses.
    const chosen = { WECHAT_API: 'v2', LOG_LEVEL: 'info', PORT: '0' };
    const child = begin(t, { ...env, ...(dialect === 'v2' && chosen) });
    const storefront = await isReady(child);
    const said = child.lines.join('\n');
    // People read it.
    assert.doesNotMatch(said, /"level":/);
    if (dialect === 'v2') assert.match(said, starting);
    if (dialect === 'v3') assert.equal(storefront, `http://127.0.0.1:${env.PORT}/`);
    const page = await ask('GET', storefront);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /html/);
    assert.equal((await ask('GET', `${storefront}health/ready`)).status, 200);
    const shopper = await Shopper.signIn(storefront.replace(/\/$/, ''));
    await shopper.buy();
    const { code_url, out_trade_no } = await shopper.createNative();
    const sandbox = new Sandbox(env.WECHAT_API_URL, merchant);
    await sandbox.pay(code_url);
    const trade = await until('the notice is accepted', async () => {
      const seen = await sandbox.trade(out_trade_no);
      return seen.notices.some(({ accepted }) => accepted) && seen;
    });
    assert.equal(trade.api, dialect);
    assert.equal((await shopper.paymentIn('SUCCESS', out_trade_no)).total_fee, trade.total_fee);
    // In WeChat's console, which knows the address of the account.
    const body = { out_trade_no, refund_fee: 1 };
    expected(201, await ask('POST', `${env.WECHAT_API_URL}/_sandbox/refunds`, { body }));
    assert.equal((await shopper.paymentIn('REFUND', out_trade_no)).refund_fee, 1);
    // Nobody was called before it was there.
    assert.doesNotMatch(child.lines.join('\n'), /ECONNREFUSED/);

    // A terminal signals the script, and npm passes the signal on to it once more.
    child.signal('SIGINT');
    const code = await child.end('SIGINT', 5_000);
    assert.equal(code, 0, child.lastWords());
    for (const url of [storefront, env.PAY_RPC, env.ORDER_RPC, env.WECHAT_API_URL]) {
      assert.ok(await isFree(url), url);
    }
  });
}

test('with the real WeChat nothing of the demo is put in for what is missing', async (t) => {
  const env = { ...(await ports()), WECHAT_API_URL: 'https://api.mch.weixin.qq.com' };
  const child = begin(t, env);
  assert.equal(await child.exits(), 1);
  for (const name of ['WECHAT_APPID', 'WECHAT_MCH_ID', 'WECHAT_KEY']) {
    assert.match(child.lines.join('\n'), new RegExp(`${name}: must be`));
  }
  assert.doesNotMatch(child.lines.join('\n'), /ready/);
});

test('without the demo it is said that the sandbox moves no money', async (t) => {
  const secret = { AUTH_JWT_SECRET: 'a secret of at least thirty-two bytes' };
  const child = begin(t, { ...(await ports()), ...secret, DEMO: 'false' });
  const said = () => child.lines.some((line) => /^To sell, set WECHAT_API_URL=/.test(line));
  await child.orEnds(until('it to be said', said, readyMsMax), readyMsMax);
});

test('all that is wrong for any service is told at once, each variable in one line', async (t) => {
  const wrong = {
    WECHAT_API_URL: '127.0.0.1:9100',
    PAY_RPC: 'tcp://127.0.0.1',
    ORDER_RPC: 'tcp://127.0.0.1:70000',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    // The sandbox reads it too, and has other words for it.
    WECHAT_KEY: 'too-short-and-secret',
    SANDBOX_TRADES_MAX: '0',
    DATABASE_URL: 'postgres://root:too-short-and-secret@127.0.0.1/saoma',
    TRUST_PROXY: 'everybody',
  };
  const child = begin(t, { ...(await ports()), ...wrong });
  assert.equal(await child.exits(), 1);
  const [first, ...lines] = child.lines;
  assert.equal(first, 'The configuration is wrong:');
  const names = lines.map((line) => /^ {2}(\w+): [^:]/.exec(line)?.[1]);
  assert.deepEqual(names.sort(), Object.keys(wrong).sort(), child.lastWords());
  assert.doesNotMatch(child.lastWords(), /secret/);
});

test('a port that is none is named itself, not what is made of it', async (t) => {
  const child = begin(t, { ...(await ports()), PORT: 'abc' });
  assert.equal(await child.exits(), 1);
  assert.match(child.lastWords(), /PORT: must be a port number/);
});

test('a taken port is named with the variable that gives another one', async (t) => {
  const env = await ports();
  const taken = createServer().listen(Number(env.PORT), '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const child = begin(t, env);
  assert.equal(await child.exits(), 1);
  assert.match(child.lastWords(), new RegExp(`Port ${env.PORT} .* is taken: PORT`));
  assert.match(child.lastWords(), new RegExp(`earlier one still run\\? \`lsof -i :${env.PORT}\``));
});

// npm's shell tells nobody of a signal, and whoever is killed cannot.
for (const [who, command, signal] of [
  ['npm is asked to end', byNpm, 'SIGTERM'],
  ['npm is killed', byNpm, 'SIGKILL'],
  ['the script is killed', byNode, 'SIGKILL'],
] as const) {
  test(`when ${who}, no service is left`, async (t) => {
    const env = await ports();
    const path = { PATH: process.env.PATH ?? '', npm_config_update_notifier: 'false' };
    const child = begin(t, { ...env, ...path }, command);
    const storefront = await isReady(child);
    child.signal(signal);
    for (const url of [storefront, env.PAY_RPC, env.ORDER_RPC, env.WECHAT_API_URL]) {
      await until(`${url} to be free`, () => isFree(url));
    }
  });
}

test('when one service ends, the others are stopped, and it is named', async (t) => {
  const env = await ports();
  const child = begin(t, { ...env, DATABASE_URL: 'sqlite:/dev/null/saoma.sqlite' });
  assert.equal(await child.exits(), 1);
  assert.match(child.lastWords(), /order-service has ended \(code 1\)/);
  for (const url of [env.PAY_RPC, env.ORDER_RPC, env.WECHAT_API_URL]) {
    assert.ok(await isFree(url), url);
  }
});
