import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from './tree';

/** What must be found: which rule of a linter, and in which file. */
type Found = `${string} ${string}`;

interface Held {
  readonly found: readonly Found[];
  /** The files of one small tree that is against the rule. */
  readonly bad: Readonly<Record<string, string>>;
}

const nothing = 'export const nothing = 1;\n';
const lines = (count: number, line: string) => `${line}\n`.repeat(count);
const imports = (name: string) => `import * as it from '${name}';\nexport const a = it;\n`;
const order = 'apps/order-service/src';
const platform = 'libs/platform/src';

/** House rules that Biome, dependency-cruiser and knip hold in `npm run check`. */
const rules: Record<string, Held> = {
  'no file only passes on what others export, and none is named index': {
    found: [`noBarrelFile ${platform}/barrel.ts`, `no-index ${platform}/from-index.ts`],
    bad: {
      [`${platform}/barrel.ts`]: "export * from './from-index';\n",
      [`${platform}/from-index.ts`]: imports('./index'),
      [`${platform}/index.ts`]: nothing,
    },
  },
  'no code file is longer than 300 lines': {
    found: ['ts', 'mjs', 'css', 'html'].map(
      (kind): Found => `noExcessiveLinesPerFile ${order}/long.${kind}`,
    ),
    bad: {
      [`${order}/long.ts`]: lines(301, 'export {};'),
      [`${order}/long.mjs`]: lines(301, 'export {};'),
      [`${order}/long.css`]: lines(301, 'a { color: red; }'),
      [`${order}/long.html`]: lines(301, '<p></p>'),
    },
  },
  'the environment is read in one file of libs/platform': {
    found: [`noProcessEnv ${order}/env.ts`],
    bad: { [`${order}/env.ts`]: 'export const port = process.env.PORT;\n' },
  },
  'services and pages write to no console': {
    found: [`noConsole ${order}/console.ts`],
    bad: { [`${order}/console.ts`]: 'console.log(1);\n' },
  },
  'members are hidden in one way, by private': {
    found: [`plugin ${order}/hidden.ts`],
    bad: { [`${order}/hidden.ts`]: 'export class A {\n  #x = 1;\n  readonly y = this.#x;\n}\n' },
  },
  'there is no import circle, type-only imports included': {
    found: [`no-circle ${platform}/circle-a.ts`, `no-circle ${platform}/circle-c.ts`],
    bad: {
      [`${platform}/circle-a.ts`]: "export type { A } from './circle-b';\n",
      [`${platform}/circle-b.ts`]: "import type { B } from './circle-a';\nexport type A = B;\n",
      [`${platform}/circle-c.ts`]: "export type A = import('./circle-d').A;\n",
      [`${platform}/circle-d.ts`]: "export const d = () => require('@saoma/platform/circle-c');\n",
    },
  },
  'contracts import only zod': {
    found: ['rxjs', 'fs', 'platform'].map(
      (name): Found => `contracts-know-only-zod libs/contracts/src/${name}.ts`,
    ),
    bad: {
      'libs/contracts/src/rxjs.ts': imports('rxjs'),
      'libs/contracts/src/fs.ts': "export const fs = require('node:fs');\n",
      'libs/contracts/src/platform.ts': "export type A = import('@saoma/platform/good').A;\n",
    },
  },
  'a lib imports no app, and platform no business word': {
    found: [
      `libs-know-no-app ${platform}/app.ts`,
      `platform-knows-no-business ${platform}/business.ts`,
    ],
    bad: {
      [`${platform}/app.ts`]: imports('../../../apps/order-service/src/good'),
      [`${platform}/business.ts`]: imports('@saoma/contracts/orders'),
      'libs/contracts/src/orders.ts': nothing,
    },
  },
  'apps meet over RPC only, and the pay service knows nothing of orders': {
    found: [
      'apps-meet-over-rpc apps/cart-gateway/src/order.ts',
      `apps-meet-over-rpc ${order}/gateway.ts`,
      'pay-service-knows-no-orders apps/pay-service/src/order.ts',
    ],
    bad: {
      'apps/cart-gateway/src/order.ts': imports('../../order-service/src/good'),
      [`${order}/gateway.ts`]: imports('../../cart-gateway/src/order'),
      'apps/pay-service/src/order.ts': imports('@saoma/contracts/orders'),
    },
  },
  'product code imports no test and no script': {
    found: ['test', 'spec', 'script', 'kit'].map(
      (name): Found => `product-knows-no-test ${order}/from-${name}.ts`,
    ),
    bad: {
      [`${order}/from-test.ts`]: imports('../../../test/helper'),
      'test/helper.ts': nothing,
      [`${order}/from-spec.ts`]: imports('./a.spec'),
      [`${order}/a.spec.ts`]: nothing,
      [`${order}/from-script.ts`]: imports('../../../scripts/helper'),
      'scripts/helper.ts': nothing,
      [`${order}/from-kit.ts`]: imports('./spec-kit'),
      [`${order}/spec-kit.ts`]: nothing,
    },
  },
  'the sandbox shares no code with the pay service, not by a detour either': {
    found: ['contracts', 'pay', 'detour'].map(
      (name): Found => `sandbox-shares-nothing apps/wechat-sandbox/src/${name}.ts`,
    ),
    bad: {
      'apps/wechat-sandbox/src/contracts.ts': imports('@saoma/contracts/orders'),
      'apps/wechat-sandbox/src/pay.ts': "export const a = import('../../pay-service/src/sign');\n",
      'apps/pay-service/src/sign.ts': nothing,
      'apps/wechat-sandbox/src/detour.ts': imports('@saoma/platform/business'),
    },
  },
  'the client knows three packages, and nothing of the services': {
    found: ['zod', 'fs', 'contracts'].map(
      (name): Found => `client-knows-only-the-document packages/client/src/${name}.ts`,
    ),
    bad: {
      'packages/client/src/zod.ts': imports('zod'),
      'packages/client/src/fs.ts': imports('node:fs'),
      'packages/client/src/contracts.ts': "export type A = import('@saoma/contracts/orders').A;\n",
    },
  },
  'no process imports the package of what another one owns': {
    found: [
      'not-for-cart-gateway apps/cart-gateway/src/typeorm.ts',
      `not-for-order-service ${order}/xml.ts`,
      `not-for-order-service-but-courier ${order}/undici.ts`,
      `not-for-order-service-but-courier ${order}/http.ts`,
      'not-for-pay-service apps/pay-service/src/redis.ts',
      `not-for-libs ${platform}/snowflake.ts`,
    ],
    bad: {
      'apps/cart-gateway/src/typeorm.ts': "import type { A } from 'typeorm';\nexport type B = A;\n",
      [`${order}/xml.ts`]: "import xml = require('xml-js');\nexport const a = xml;\n",
      [`${order}/undici.ts`]: imports('undici'),
      [`${order}/http.ts`]: imports('node:https'),
      'apps/pay-service/src/redis.ts': "export const redis = import('ioredis');\n",
      [`${platform}/snowflake.ts`]: imports('snowflake-id'),
    },
  },
  'no file is dead, and none of a service is used by tests only': {
    found: ['files test/dead.ts', `production-files ${order}/for-tests.ts`],
    bad: {
      'test/dead.ts': nothing,
      [`${order}/for-tests.ts`]: nothing,
      [`${order}/for-tests.spec.ts`]: imports('./for-tests'),
    },
  },
  'no export is dead': {
    found: [`exports ${order}/dead-export.ts`, `types ${order}/dead-export.ts`],
    bad: {
      [`${order}/dead-export.ts`]:
        'export const used = 1;\nexport const a = 1;\nexport type B = 1;\n',
      [`${order}/alive.spec.ts`]: "import { used } from './dead-export';\nused.toString();\n",
    },
  },
  'every package that is used is listed, and every listed one is used where it is listed': {
    found: [
      `unlisted ${order}/stranger.spec.ts`,
      'devDependencies package.json',
      'production-dependencies package.json',
    ],
    bad: {
      [`${order}/stranger.spec.ts`]: imports('left-pad') + imports('only-in-tests'),
    },
  },
};

const root = projectRoot();
const folder = mkdtempSync(join(tmpdir(), 'saoma-linters-'));
const configurations = [
  'biome.json',
  'test/tidy/private-members.grit',
  '.gitignore',
  'tsconfig.json',
  '.dependency-cruiser.cjs',
  'knip.ts',
];

/** What all small trees have in common. */
const common = {
  'package.json': JSON.stringify({
    name: 'small',
    scripts: { start: 'node dist/apps/order-service/src/main.js' },
    dependencies: { 'only-in-tests': '1.0.0', typeorm: '1.0.0' },
    devDependencies: { 'in-no-file': '1.0.0' },
  }),
  [`${order}/main.ts`]: "import { a } from './good';\na.toString();\n",
  [`${order}/good.ts`]: [
    "import * as typeorm from 'typeorm';",
    "import * as orders from '@saoma/contracts/orders';",
    "import { nothing } from '@saoma/platform/good';",
    'export const a = [typeorm, orders, nothing];',
    lines(296, ''),
  ].join('\n'),
  [`${platform}/good.ts`]: nothing,
  'scripts/good.mjs': 'console.log(process.env.PORT);\n',
  // These say what is started.
  Dockerfile: '',
  'apps/wechat-sandbox/bin/saoma-wechat-sandbox.mjs': '',
  'test/proof/tree.ts': '',
};

/** Runs a linter in the folder; its findings are JSON, whatever its exit code says. */
function run(tool: string, ...args: readonly string[]): unknown {
  const file = join(root, 'node_modules/.bin', tool);
  const { stdout, stderr } = spawnSync(file, args, { cwd: folder, encoding: 'utf8' });
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`${tool} ${args.join(' ')}: ${stdout}${stderr}`, { cause });
  }
}

function findings(): Set<string> {
  const biome = run('biome', 'lint', '--reporter=json', '--max-diagnostics=none', '.') as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  const folders = ['apps', 'libs', 'packages', 'scripts', 'test'];
  const cruise = run('depcruise', '--output-type', 'json', ...folders) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return new Set([
    ...biome.diagnostics.map(
      ({ category, location }) => `${category.split('/').at(-1)} ${location.path}`,
    ),
    ...cruise.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`),
    ...dead('', []),
    ...dead('production-', ['--production', '--strict', '--files', '--dependencies']),
  ]);
}

function dead(prefix: string, args: readonly string[]): string[] {
  const { issues } = run('knip', '--reporter', 'json', ...args) as {
    issues: ({ file: string } & Record<string, unknown[] | string>)[];
  };
  return issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds)
      .filter(([, found]) => found.length > 0)
      .map(([kind]) => `${prefix}${kind} ${file}`),
  );
}

describe('what linters hold is noticed when it is not so', () => {
  let found: Set<string>;
  before(() => {
    const trees = [common, ...Object.values(rules).map(({ bad }) => bad)];
    for (const path of configurations) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      copyFileSync(join(root, path), join(folder, path));
    }
    for (const [path, text] of trees.flatMap((tree) => Object.entries(tree))) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    found = findings();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, { found: expected }] of Object.entries(rules)) {
    it(name, () => {
      for (const one of expected) assert.ok(found.has(one), one);
    });
  }

  it('every rule about imports is shown here', () => {
    const { forbidden } = createRequire(__filename)(join(root, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string }[];
    };
    const shown = Object.values(rules).flatMap(({ found: expected }) => expected);
    for (const { name } of forbidden) {
      assert.ok(
        shown.some((one) => one.startsWith(`${name} `)),
        name,
      );
    }
  });

  it('what is allowed is not found', () => {
    const wrong = [...found].filter((one) => / .*\bgood\.m?[jt]s$/.test(one));
    assert.deepEqual(wrong, []);
  });
});
