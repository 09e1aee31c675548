import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { textOf } from '../../scripts/docs/source-words';
import { Child } from '../support/child';
import { freePort } from '../support/ports';
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

test('what is built for images has no specs and no kits of specs, but what is published', () => {
  const built = readdirSync(join(folder, 'build/dist'), { recursive: true }).map(String);
  const published = Object.values<string>(manifest.exports);
  for (const file of published) assert.ok(built.includes(file.replace('./dist/', '')), file);
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
    const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(stages.get(service) ?? '') ?? [];
    const file: string = JSON.parse(command).at(-1);
    const env = {
      ...demands[service],
      PORT: String(await freePort()),
      ORDER_RPC: `tcp://127.0.0.1:${await freePort()}`,
      PAY_RPC: `tcp://127.0.0.1:${await freePort()}`,
      LOG_LEVEL: 'warn',
    };
    const child = new Child({ name: service, file: join(image, file), env, fork: true });
    t.after(() => child.end('SIGKILL'));
    await child.says('ready');
  });
}
