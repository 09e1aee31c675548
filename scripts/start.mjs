// Builds, then runs the whole system: each service is a process of its own, with the sandbox in
// WeChat's place, an embedded database in data/ and no Redis. Ctrl-C stops all of it.
// Given a folder, it runs what was built there before, and builds nothing.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isColorSupported, prettyFactory } from 'pino-pretty';
import { makeDemoKeys, merchantFiles, wechatFiles } from './demo-keys.mjs';
import './ends-with-npm.mjs';

const readyMsMax = 120_000;
/** A service lets its work in flight finish for 4.5 s; whoever is still there then is ended. */
const stopMsMax = 4_800;

/** Without the second one Node 24 lets 128 MiB of young garbage lie: see docs/decisions/0026. */
const nodeOptions = ['--enable-source-maps', '--max-semi-space-size=16'];
const buildFolder = process.argv[2] ?? 'dist';
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const given = (name, otherwise) => process.env[name] || otherwise;
/** What is no address or port is for the services to say; nothing is made of it before. */
const address = (name, otherwise) => {
  const text = given(name, otherwise);
  return new URL(URL.canParse(text) ? text : otherwise);
};
const host = given('HOST', '127.0.0.1');
const wanted = given('PORT', '3000');
/** What is told of the gateway before it listens names its port. */
const PORT = Number(wanted) === 0 ? await freePort() : wanted;
const port = URL.canParse(`http://a:${PORT}`) ? PORT : '3000';
const everywhere = host === '0.0.0.0' || host === '::';
const storefront = `http://${everywhere || host.includes(':') ? 'localhost' : host}:${port}`;
const wechat = address('WECHAT_API_URL', 'http://127.0.0.1:9100');
/** Somebody else's address is not ours to listen at: then no sandbox is run. */
const sandboxed = /^(localhost|127\..*|\[::1\])$/.test(wechat.hostname);

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}

/** A secret that may also stand in a file. */
const secret = (name, otherwise) =>
  process.env[`${name}_FILE`] ? {} : { [name]: given(name, otherwise) };

/**
 * The sandbox is told of this merchant and the pay service signs as it; it owns no money. Both
 * dialects are there, so that either can end what the other began.
 */
function demo() {
  const WECHAT_MCH_ID = given('WECHAT_MCH_ID', '10000100');
  makeDemoKeys(WECHAT_MCH_ID);
  return {
    DEMO: given('DEMO', 'true'),
    WECHAT_APPID: given('WECHAT_APPID', 'wx2421b1c4370ec43b'),
    WECHAT_MCH_ID,
    WECHAT_API: given('WECHAT_API', 'v3'),
    ...secret('WECHAT_KEY', '192006250b4c09247ec02edce69f6a2d'),
    ...secret('WECHAT_V3_KEY', 'SandboxApiV3Key0123456789abcdef!'),
    ...(process.env.WECHAT_CERT ? {} : merchantFiles),
    ...(process.env.WECHAT_PUBLIC_KEY ? {} : wechatFiles),
  };
}
/** Nothing of the demo is put in where money is real: what is missing there has to be missed. */
const common = {
  ...process.env,
  ...(sandboxed ? demo() : {}),
  LOG_LEVEL: given('LOG_LEVEL', 'warn'),
  WECHAT_API_URL: given('WECHAT_API_URL', wechat.href),
  WECHAT_NOTIFY_URL: given('WECHAT_NOTIFY_URL', `http://127.0.0.1:${port}/pay/notify`),
};

const rpc = (name, otherwise) =>
  address(process.env[`${name}_LISTEN`] ? `${name}_LISTEN` : name, otherwise);
const sandboxEnv = {
  PORT: wechat.port || '80',
  HOST: everywhere ? host : wechat.hostname,
  SANDBOX_NOTIFY_URL: given(
    'SANDBOX_NOTIFY_URL',
    given('WECHAT_REFUND_NOTIFY_URL', `http://127.0.0.1:${port}/pay/refundNotify`),
  ),
};
/** Where each service listens, and the variable that moves it. */
const services = [
  { name: 'wechat-sandbox', at: wechat, moved: 'WECHAT_API_URL', env: sandboxEnv },
  { name: 'pay-service', at: rpc('PAY_RPC', 'tcp://127.0.0.1:9000'), moved: 'PAY_RPC' },
  { name: 'order-service', at: rpc('ORDER_RPC', 'tcp://127.0.0.1:9001'), moved: 'ORDER_RPC' },
  { name: 'cart-gateway', at: { hostname: host, port }, moved: 'PORT', env: { PORT } },
].filter(({ name }) => sandboxed || name !== 'wechat-sandbox');

/** What reads the environment of each. */
const configs = {
  'wechat-sandbox': 'SandboxConfig',
  'pay-service': 'PayConfig',
  'order-service': 'OrderConfig',
  'cart-gateway': 'GatewayConfig',
};

/** Ends with what the services say is wrong, all of it at once and each variable once. */
function refuseWrongEnvironment() {
  const load = createRequire(import.meta.url);
  const said = services.flatMap(({ name, env }) => {
    const { [configs[name]]: Config } = load(resolve(buildFolder, `apps/${name}/src/config.js`));
    try {
      new Config({ ...common, ...env });
      return [];
    } catch ({ message }) {
      return message.split('\n');
    }
  });
  const once = new Map(said.map((line) => [/^ +[A-Z_\d]+:/.exec(line)?.[0] ?? line, line]));
  if (once.size > 0) end(1, [...once.values()].join('\n'));
}

function refuseTakenPort({ name, at, moved }) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code }) => {
      const isTaken = code === 'EADDRINUSE';
      const why = isTaken ? 'is taken' : `cannot be used (${code})`;
      const says = `Port ${at.port} of ${at.hostname} ${why}: ${moved} gives ${name} another one.`;
      const list = process.platform === 'win32' ? 'netstat -ano' : `lsof -i :${at.port}`;
      end(1, isTaken ? `${says}\nDoes an earlier one still run? \`${list}\` tells.` : says);
    });
    probe.listen(Number(at.port), at.hostname.replace(/[[\]]/g, ''), () => probe.close(resolve));
  });
}

const noMoney = `
DEMO is not true, and yet no money moves: WeChat is the sandbox, where anybody can pay without.
To sell, set WECHAT_API_URL=https://api.mch.weixin.qq.com.
`;

const children = new Map();
let exitCode;

/** Stops everything once, then exits. Later signals change nothing: npm sends each twice. */
function end(code, why) {
  if (exitCode !== undefined) return;
  exitCode = code;
  if (why) process.stderr.write(`${why}\n`);
  if (children.size === 0) process.exit(code);
  for (const child of children.values()) child.kill('SIGTERM');
  setTimeout(() => {
    process.stderr.write(`Ended by force: ${[...children.keys()].join(', ')}\n`);
    for (const child of children.values()) child.kill('SIGKILL');
    exitCode = 1;
  }, stopMsMax).unref();
}

function start({ name, env }) {
  // Detached: a terminal's Ctrl-C reaches this process alone, and each service hears of it once.
  const child = spawn(
    process.execPath,
    [...nodeOptions, `${buildFolder}/apps/${name}/src/main.js`],
    {
      env: { ...common, ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      detached: true,
      windowsHide: true,
    },
  );
  children.set(name, child);
  createInterface({ input: child.stdout }).on('line', (line) => {
    process.stdout.write(forPeople(line));
  });
  child.once('close', (code, signal) => {
    children.delete(name);
    end(1, `${name} has ended (${signal ?? `code ${code}`}); the other services are stopped.`);
    if (code !== 0) exitCode = 1;
    if (children.size === 0) process.exit(exitCode);
  });
  return new Promise((resolve) => {
    child.on('message', (message) => message === 'ready' && resolve());
  });
}

/** The gateway last: only it calls others at its start, and would find them missing. */
async function startAll() {
  const isGateway = ({ name }) => name === 'cart-gateway';
  await Promise.all(services.filter((service) => !isGateway(service)).map(start));
  await Promise.all(services.filter(isGateway).map(start));
}

/** A log line for people; what is none is shown as it is. */
const forPeople = prettyFactory({
  colorize: isColorSupported,
  errorLikeObjectKeys: ['err'],
  ignore: 'pid',
  singleLine: true,
  translateTime: 'SYS:HH:MM:ss',
});

process.on('SIGINT', () => end(0, '\nStopping ...'));
process.on('SIGTERM', () => end(0));
process.on('SIGHUP', () => end(0));

if (process.argv[2] === undefined) {
  const shell = process.platform === 'win32';
  process.stdout.write('Saoma is being built and started: some seconds.\n');
  const build = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell });
  if (build.status !== 0) end(1, 'The build has failed.');
}
refuseWrongEnvironment();
await Promise.all(services.map(refuseTakenPort));
const late = setTimeout(() => end(1, 'Not all services got ready in time.'), readyMsMax);
await startAll();
clearTimeout(late);
if (exitCode === undefined) {
  process.stdout.write(`\nSaoma is ready: ${storefront}/   (Ctrl-C stops it)\n`);
  if (sandboxed) process.stdout.write(`The WeChat sandbox: ${wechat.href}\n`);
  if (sandboxed && common.DEMO !== 'true') process.stderr.write(noMoney);
}
