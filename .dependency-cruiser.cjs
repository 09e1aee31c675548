// Who may import whom, types included. `npm run check` reads it; the comments are the cures.

/** Tests, and what only tests are made of. */
const tests = '(\\.spec|spec-kit)\\.ts$|/kit/';

/** A package or a module of Node, wherever it was found. */
const packages = (names) => ({ path: `(^|node_modules/|node:)(${names})(/|$)` });

/** The table of docs/architecture.md: what a process does not own, it has no package for. */
const foreign = (process, from, names) => ({
  name: `not-for-${process}`,
  comment: 'Another process owns that.',
  from: { path: `^${from}`, pathNot: tests },
  to: packages(names),
});

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Move what both need into a third file.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-index',
      comment: 'Name the file for what is in it, and import from where a thing is.',
      from: {},
      to: { path: '/index\\.[^/]+$', pathNot: 'node_modules/' },
    },
    {
      name: 'contracts-know-only-zod',
      comment: 'Contracts are pure: both sides of a call import them.',
      from: { path: '^libs/contracts/', pathNot: tests },
      to: { pathNot: ['^libs/contracts/', packages('zod').path] },
    },
    {
      name: 'libs-know-no-app',
      comment: 'Move the shared part into the lib.',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-meet-over-rpc',
      comment: 'Apps meet only over RPC, by libs/contracts.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'product-knows-no-test',
      comment: 'What runs in production is not made of tests or scripts.',
      from: { path: '^(apps|libs)/', pathNot: tests },
      to: { path: `^(bench|packages|test|scripts)/|${tests}` },
    },
    {
      name: 'platform-knows-no-business',
      comment:
        'Platform holds no business word: it may use define.ts, errors.ts and words.ts only.',
      from: { path: '^libs/platform/' },
      to: { path: '^libs/contracts/src/(?!(define|errors|words)\\.ts$)' },
    },
    {
      name: 'pay-service-knows-no-orders',
      comment: 'The order service calls the pay service, never back.',
      from: { path: '^apps/pay-service/' },
      to: { path: '^libs/contracts/src/(?!(define|errors|values|pay|bills)\\.ts$)' },
    },
    {
      name: 'sandbox-shares-nothing',
      comment:
        "A wrong signer would pass every test if the sandbox shared it: write the sandbox's own. " +
        'Not even a detour is taken.',
      from: { path: '^apps/wechat-sandbox/' },
      to: { path: '^(libs/contracts|apps/pay-service)/', reachable: true },
    },
    {
      name: 'client-knows-only-the-document',
      comment: 'The client is made of docs/openapi.json, as if others had written it.',
      from: { path: '^packages/', pathNot: tests },
      to: {
        pathNot: [
          '^packages/',
          'dist/openapi\\.',
          packages('openapi-fetch|eventsource-parser|standardwebhooks').path,
        ],
      },
    },
    foreign('cart-gateway', 'apps/cart-gateway/', 'typeorm|mysql2|libsql|ioredis|xml-js'),
    foreign('order-service', 'apps/order-service/', 'xml-js|@nestjs/platform-[^/]+'),
    // Only the courier of webhooks speaks to the outside, and to the shop alone.
    foreign('order-service-but-courier', 'apps/order-service/src/(?!webhook/)', 'undici|https?'),
    foreign('pay-service', 'apps/pay-service/', 'typeorm|mysql2|libsql|ioredis'),
    foreign('libs', 'libs/', 'typeorm|mysql2|libsql|ioredis|xml-js|snowflake-id'),
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    skipAnalysisNotInRules: true,
  },
};
