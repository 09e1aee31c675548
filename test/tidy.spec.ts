import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { variables } from '../scripts/docs/variables';
import { composeVariables, fixedPackagesStay, noDeadPagePart } from './tidy/entry-rules';
import { noFolderCircle } from './tidy/folder-rules';
import { shortFunctions, shortLines } from './tidy/size-rules';
import { projectRoot, type Rule, readTree } from './tidy/tree';
import { bannedWords, everyErrorHasItsPage, noLeftovers } from './tidy/word-rules';

interface House {
  readonly rule: Rule;
  /** Small trees that break the rule, each in one way, and what the finding must say. */
  readonly bad: readonly [finding: RegExp, tree: Record<string, string>][];
  /** What looks alike and is allowed. */
  readonly good?: Record<string, string>;
}

const gateway = 'apps/cart-gateway/src/a.ts';
const order = 'apps/order-service/src/a.ts';
const lib = 'libs/platform/src/a.ts';
const nothing = 'export const a = 1;\n';
const body = (lines: number) => `${'  a += 1;\n'.repeat(lines)}`;

const rules: Record<string, House> = {
  'there is no circle of folders': {
    rule: noFolderCircle,
    bad: [
      [
        /circle libs\/platform\/src\/x -> libs\/platform\/src\/y -> libs\/platform\/src\/x;/,
        {
          'libs/platform/src/x/a.ts': "import '../y/b';",
          'libs/platform/src/y/b.ts': '',
          'libs/platform/src/y/c.ts': "import type { D } from '../x/d';",
          'libs/platform/src/x/d.ts': '',
        },
      ],
      [
        /circle libs\/platform\/src\/x -> libs\/platform\/src\/a -> libs\/platform\/src\/x;/,
        {
          'libs/platform/src/x/b.ts': "import '../a';",
          [lib]: "import './x/c';",
          'libs/platform/src/x/c.ts': '',
        },
      ],
    ],
    good: {
      'libs/platform/src/main.ts': "import './x/b';",
      'libs/platform/src/x/b.ts': "import '../a';",
      [lib]: nothing,
      'libs/platform/src/x/b.spec.ts': "import '../y/c.spec-kit';",
      'libs/platform/src/y/c.spec-kit.ts': "import '../x/b';",
    },
  },
  'the seven fixed packages are dependencies': {
    rule: fixedPackagesStay,
    bad: [[/snowflake-id is no dependency/, { 'package.json': '{ "dependencies": {} }' }]],
  },
  'no line is longer than 100 characters': {
    rule: shortLines,
    bad: [[/a\.ts:2: 101 characters/, { [order]: `\n${'扫'.repeat(101)}` }]],
    good: { [order]: '扫'.repeat(100) },
  },
  'no function has more than 70 lines or 3 parameters': {
    rule: shortFunctions,
    bad: [
      [/a\.ts:2: a function of 71 lines/, { [order]: `\nfunction f() {\n${body(69)}}` }],
      [/a function of 71 lines/, { [order]: `class A { f() {\n${body(69)}} }` }],
      [/4 parameters/, { [order]: 'const f = (a, b, c, d) => a;' }],
    ],
    good: {
      [order]: `function f(a, b, c) {\n${body(68)}}`,
      'test/a.spec.ts': `describe('', () => {\n${body(90)}it('', () => {}); });`,
    },
  },
  'banned words stay out, each with its replacement': {
    rule: bannedWords,
    bad: [
      [/write a migration/, { [order]: `connect({ synchronize: ${'true'} });` }],
      [/whole fen/, { [order]: `parse${'Float'}(price) * 100` }],
      [/whole fen/, { 'apps/cart-gateway/storefront/public/js/a.js': `fee.to${'Fixed'}(2)` }],
      [/use database\.transaction/, { [order]: `source.${'transaction'}(work)` }],
      [/inject a class/, { [order]: `f(@Inject(${"'"}CLIENT') client) {}` }],
      [/use ClientOf/, { [gateway]: `let a: Client${'Proxy'};` }],
      [/use firstOf/, { 'test/a.ts': `AbortSignal.${'any'}([limit, deadline])` }],
      [/wechat-v2/, { [order]: "const reply = '<xml><return_code>';" }],
      [/wechat-v2/, { [gateway]: "import { xml2js } from 'b';" }],
    ],
    good: {
      [order]: `// XML is read elsewhere.\nthis.database.${'transaction'}(work)`,
      'apps/pay-service/src/wechat-v2/xml.ts': 'const xml = 1;',
    },
  },
  'no leftover marker stands anywhere': {
    rule: noLeftovers,
    bad: [
      [/README\.md:2: TO.O;/, { 'README.md': `a\n${'TO'}${'DO'}: write` }],
      [/a\.ts:1: FIX.E;/, { [order]: `// ${'FIX'}${'ME'}` }],
    ],
  },
  'every error code has its page, and every page its code': {
    rule: everyErrorHasItsPage,
    bad: [
      [
        /cart-empty\.md: is missing/,
        { 'libs/contracts/src/errors.ts': "  'cart/empty': { status: 409 }," },
      ],
      [/no error has this code/, { 'docs/problems/cart-lost.md': '' }],
    ],
    good: {
      'libs/contracts/src/errors.ts': "  'cart/empty': { status: 409 },",
      'docs/problems/cart-empty.md': '',
    },
  },
  'no part of the pages is dead': {
    rule: noDeadPagePart,
    bad: [[/old\.js: no page names it/, { 'apps/cart-gateway/storefront/public/js/old.js': '' }]],
    good: {
      'apps/cart-gateway/storefront/public/js/new.js': '',
      'apps/cart-gateway/storefront/public/a.html': '<script src="js/new.js">',
    },
  },
  'the compose files give each service documented variables of its own only': {
    rule: composeVariables(variables),
    bad: ['docker-compose.yml', 'docker-compose.sell.yml'].map((file) => [
      /cart-gateway gets WECHAT_KEY/,
      {
        [file]: [
          'services:',
          '  cart-gateway:',
          '    environment:',
          '      WECHAT_KEY: a',
          '',
        ].join('\n'),
      },
    ]),
    good: {
      'docker-compose.yml': [
        'services:',
        '  mysql:',
        '    environment:',
        '      MYSQL_DATABASE: saoma',
        '  pay-service:',
        '    environment:',
        '      WECHAT_KEY: a',
        '',
      ].join('\n'),
    },
  },
};

describe('the house is tidy', () => {
  const tree = readTree(projectRoot());
  for (const [name, { rule, bad, good = {} }] of Object.entries(rules)) {
    it(name, () => {
      const findings = rule(tree);
      assert.equal(findings.length, 0, `\n  ${findings.join('\n  ')}\n`);
    });
    it(`and it is noticed when it is not so: ${name}`, () => {
      for (const [expected, files] of bad) {
        const findings = rule(new Map(Object.entries(files)));
        assert.match(findings.join('\n') || 'no finding', expected);
      }
      assert.deepEqual(rule(new Map(Object.entries(good))), []);
    });
  }
});
