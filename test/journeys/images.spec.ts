import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseEnv } from 'node:util';
import { textOf } from '../../scripts/docs/source-words';
import { Child } from '../support/child';
import { type ComposeService, composed, composeFile, filledIn } from '../support/compose';
import { ask } from '../support/http';
import { freePort } from '../support/ports';
import { type Merchant, Sandbox } from '../support/sandbox';
import { Shopper } from '../support/shopper';
import { projectRoot } from '../tidy/tree';

const manifest = JSON.parse(textOf('package.json'));
/** What the Dockerfile says from each `FROM ... AS name` to the next. */
const stages = new Map(
  textOf('Dockerfile')
    .split(/^FROM \S+ AS /m)
    .slice(1)
    .map((stage) => [stage.split('\n')[0] ?? '', stage]),
);
const services = [...stages.keys()].filter((name) => name.includes('-'));
const folder = mkdtempSync(join(tmpdir(), 'saoma-images-'));
const nodeModules = join(projectRoot(), 'node_modules');

const merchant = { WECHAT_APPID: 'wx1', WECHAT_MCH_ID: '1', WECHAT_KEY: 'k'.repeat(32) };
const demands: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cart-gateway': { DEMO: 'true' },
  'order-service': { DATABASE_URL: `sqlite:${folder}/saoma.sqlite` },
  'pay-service': merchant,
  'wechat-sandbox': merchant,
};

/** Does in a folder of its own what the `COPY` lines of a stage do in an image. */
function copy(stage: string, image = join(folder, stage)): string {
  const lines = stages.get(stage)?.matchAll(/^COPY (?:--from=(\S+) )?(.+) (\S+)$/gm) ?? [];
  for (const [, from, sources = '', target = ''] of lines) {
    for (const source of sources.split(' ')) {
      const there = from
        ? join(folder, from, source.replace('/app/', ''))
        : join(projectRoot(), source);
      cpSync(there, join(image, target === './' ? source : target), { recursive: true });
    }
  }
  return image;
}

/** The program of an image, with its arguments. */
function commandOf(stage: string): string[] {
  const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(stages.get(stage) ?? '') ?? [];
  return JSON.parse(command);
}

/** What an image runs to see whether it is well. */
function healthCommandOf(stage: string): string {
  const text = stages.get(stage)?.replace(/\\\n/g, '') ?? '';
  const [, command = '[]'] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text) ?? [];
  return JSON.parse(command).at(-1);
}

before(() => {
  const build = copy('build');
  symlinkSync(nodeModules, join(build, 'node_modules'));
  const [, command = 'false'] = /^RUN (.*swc.*)$/m.exec(stages.get('build') ?? '') ?? [];
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: build, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  // A package may be used by product code if the manifest says so; what it needs it finds itself.
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, 'production/node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(nodeModules, name), link);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('what is built for images has no specs and no kits of specs', () => {
  const built = readdirSync(join(folder, 'build/dist'), { recursive: true }).map(String);
  assert.deepEqual(
    built.filter((file) => /spec/.test(file)),
    [],
  );
});

test('images have the Node that all tests run on', () => {
  const [, image] = /^ARG NODE=node:(\d+)-/m.exec(textOf('Dockerfile')) ?? [];
  const [, tested] = /^on (\d+) npm test$/m.exec(textOf('.ci/run')) ?? [];
  assert.ok(image);
  assert.equal(image, tested);
});

for (const service of services) {
  test(`the image of ${service} has all that it needs to start`, async (t) => {
    const image = copy(service);
    copy('service', image);
    const env = {
      ...demands[service],
      PORT: String(await freePort()),
      ORDER_RPC: `tcp://127.0.0.1:${await freePort()}`,
      PAY_RPC: `tcp://127.0.0.1:${await freePort()}`,
      LOG_LEVEL: 'warn',
    };
    const file = join(image, commandOf(service).at(-1) ?? '');
    const child = new Child({ name: service, file, env, fork: true });
    t.after(() => child.end('SIGKILL'));
    await child.says('ready');
    const asked = healthCommandOf(service);
    // The ports of HTTP are fixed in an image.
    if (!asked.includes('_RPC')) return;
    assert.equal(spawnSync('node', ['-e', asked], { env: { ...process.env, ...env } }).status, 0);
    const elsewhere = { ...env, [`${/[A-Z]+_RPC/.exec(asked)}`]: 'tcp://127.0.0.1:1' };
    const { status } = spawnSync('node', ['-e', asked], { env: { ...process.env, ...elsewhere } });
    assert.notEqual(status, 0);
  });
}

test('the gateway starts without qrious, if another library draws the code', async (t) => {
  const image = join(folder, 'without-qrious');
  copy('cart-gateway', image);
  copy('service', image);
  rmSync(join(image, 'node_modules/qrious'));
  const port = await freePort();
  const file = join(image, commandOf('cart-gateway').at(-1) ?? '');
  const env = { ...demands['cart-gateway'], STOREFRONT_QR: 'svg', PORT: String(port) };
  const child = new Child({ name: 'cart-gateway', file, env, fork: true });
  t.after(() => child.end('SIGKILL'));
  await child.says('ready');
  const paths = ['/pay.html', '/plugins/qrcode.js', '/plugins/qrious.min.js'];
  const asked = paths.map(
    async (path) => (await ask('GET', `http://127.0.0.1:${port}${path}`)).status,
  );
  assert.deepEqual(await Promise.all(asked), [200, 200, 404]);
});

test('an image has the licence, and those of the packages in it', () => {
  const image = readdirSync(copy('service', join(folder, 'licences')));
  for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES.md']) {
    assert.ok(image.includes(file) && textOf('.dockerignore').includes(`!${file}\n`), file);
  }
});

/** How programs end there: nobody is at WeChat's address, and nothing more is said to them. */
const exits: Readonly<Record<string, number>> = {
  migrate: 0,
  'check-wechat': 1,
  reconcile: 2,
  'webhook-test': 2,
};

test('the programs that the documents start in an image find all they need in it', async (t) => {
  const started = /docker compose (?:run --rm|exec) ([a-z-]+) node (\S+\.js)/g;
  const text = ['going-live', 'operating', 'webhooks'].map((page) => textOf(`docs/${page}.md`));
  const named = [...text.join('\n').matchAll(started)];
  const programs = named.map(([, , file = '']) => basename(file, '.js'));
  assert.deepEqual(programs.sort(), Object.keys(exits).sort());
  for (const [, name = '', file = ''] of named) {
    const env = { ...demands[name], WECHAT_API_URL: `http://127.0.0.1:${await freePort()}` };
    const child = new Child({ name, file: join(folder, name, file), env, fork: true });
    t.after(() => child.end('SIGKILL'));
    assert.equal(await child.exits(), exits[basename(file, '.js')]);
    assert.doesNotMatch(child.lastWords(), /Cannot find|configuration is wrong/);
  }
});

const compose = composed(composeFile);
type Environment = Readonly<Record<string, string>>;

/** A service of docker-compose.yml, in a folder that looks as its container does. */
class Container {
  private readonly service: ComposeService;
  private readonly image: string;
  private readonly file: string;
  private child: Child | undefined;

  constructor(
    private readonly name: string,
    volume: string,
  ) {
    this.service = compose.services[name] ?? {};
    const stage = this.service.build?.target ?? '';
    this.image = copy(stage, join(folder, 'containers', name));
    copy('service', this.image);
    this.file = (this.service.command ?? commandOf(stage)).at(-1) ?? '';
    const seesVolume = this.service.volumes?.some((each) => each.startsWith('demo:/app/data'));
    if (seesVolume) symlinkSync(volume, join(this.image, 'data'));
  }

  /** Its variables as compose gives them, but for where it listens here, and finds the others. */
  begin(env: Environment, { listening = {}, found = (text) => text }: Partial<Places> = {}): Child {
    const given = Object.entries(filledIn(this.service, env));
    const variables = Object.fromEntries(given.map(([name, value]) => [name, found(value)]));
    this.child = new Child({
      name: this.name,
      file: join(this.image, this.file),
      env: { ...variables, ...listening },
      fork: true,
      cwd: this.image,
    });
    return this.child;
  }

  async restart(env: Environment, places: Places): Promise<void> {
    await this.kill();
    await this.begin(env, places).says('ready');
  }

  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }
}

interface Places {
  readonly listening: Environment;
  /** An address of compose, as it is here. */
  readonly found: (text: string) => string;
}

/** Where each service of compose is here; the database is a file, and there is no Redis. */
async function freePlaces() {
  const ports: Record<string, number> = {};
  for (const name of services) ports[name] = await freePort();
  const found = (text: string) =>
    text
      .replace(/\/\/([a-z-]+):\d+/, (place, host: string) => {
        const name = host.replace('-rpc', '-service');
        return ports[name] ? `//127.0.0.1:${ports[name]}` : place;
      })
      .replace(/^mysql:.*/, `sqlite:${folder}/compose.sqlite`)
      .replace(/^redis:.*/, '');
  const of = (name: string): Places => ({
    found,
    listening: { PORT: String(ports[name]) },
  });
  return { found, of };
}

describe('docker compose up', () => {
  const demo = parseEnv(textOf('.env.example')) as Environment;
  const volume = join(folder, 'volume');
  const containers = new Map<string, Container>();
  const container = (name: string) => {
    const known = containers.get(name) ?? new Container(name, volume);
    containers.set(name, known);
    return known;
  };
  const keys = () => readdirSync(volume, { recursive: true }).map(String).sort();
  before(() => mkdirSync(volume));
  after(() => Promise.all([...containers.values()].map((each) => each.kill())));

  test('with the example it sells by APIv3, whichever service starts again', async () => {
    const places = await freePlaces();
    const makesKeys = () => container('demo-keys').begin(demo).exits();
    assert.equal(await makesKeys(), 0);
    const restart = (name: string) => container(name).restart(demo, places.of(name));
    for (const name of ['wechat-sandbox', 'pay-service', 'order-service', 'cart-gateway']) {
      await restart(name);
    }
    const sandbox = new Sandbox(places.found('http://wechat-sandbox:9100'), merchantOf(demo));
    const shopper = await Shopper.signIn(places.found('http://cart-gateway:3000'));
    const sells = async () => {
      await shopper.buy();
      const { code_url, out_trade_no } = await shopper.createNative();
      await sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
      const { api, notices } = await sandbox.trade(out_trade_no);
      assert.deepEqual([api, notices.at(-1)?.accepted], ['v3', true]);
    };
    await sells();
    await restart('wechat-sandbox');
    await sells();
    // Whoever starts all of it again makes no new keys.
    assert.equal(await makesKeys(), 0);
    await restart('pay-service');
    await sells();
    assert.equal((await sandbox.publicKey()).public_key_id, demo.WECHAT_PUBLIC_KEY_ID);
  });

  test('who does not want a demo has no keys of one, and is told so', async () => {
    assert.equal(await container('demo-keys').begin(demo).exits(), 0);
    assert.equal(keys().length, 5);
    const real = { ...demo, DEMO: '' };
    assert.equal(await container('demo-keys').begin(real).exits(), 0);
    assert.deepEqual(keys(), []);
    const pay = container('pay-service');
    await pay.kill();
    const child = pay.begin(real);
    assert.equal(await child.exits(), 1);
    for (const name of ['WECHAT_CERT', 'WECHAT_CERT_KEY', 'WECHAT_PUBLIC_KEY']) {
      assert.match(child.lastWords(), new RegExp(`${name}: must be the path of a file`));
    }
  });
});

function merchantOf(env: Environment): Merchant {
  const { WECHAT_APPID = '', WECHAT_MCH_ID = '', WECHAT_KEY = '' } = env;
  return { WECHAT_APPID, WECHAT_MCH_ID, WECHAT_KEY };
}
