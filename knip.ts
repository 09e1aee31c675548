// What nobody uses is dead: files, exports and packages. `npm run check` asks twice, the second
// time (production) for what nobody but tests uses.
import { readdirSync, readFileSync } from 'node:fs';

/** A program is alive because one of these starts what is built of it: `dist/...js`. */
const commands = [
  'package.json',
  'Dockerfile',
  'apps/wechat-sandbox/bin/saoma-wechat-sandbox.mjs',
  'test/proof/tree.ts',
  ...readdirSync('scripts')
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => `scripts/${name}`),
];
const started = commands.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\bdist\/([\w-]+\/[\w./-]+)\.js\b/g)].map(
    ([, path = '']) => `${path}.ts${path.startsWith('apps/') ? '!' : ''}`,
  ),
);

export default {
  entry: [
    ...started,
    'scripts/*.mjs',
    // What the package of the sandbox exports.
    'apps/wechat-sandbox/src/kit/*.ts!',
    // The two modules of the client's package.
    'packages/client/src/{client,webhooks}.ts',
    // The bench starts each of them by its name.
    'bench/processes/*.ts',
    'bench/peers/*.mjs',
    '**/*.spec.ts',
    // The proof puts it in the place of another file, in a copy of the tree.
    'test/proof/lane/crash-point.ts',
    // Pages name these; that each is named is a house rule of our own.
    'apps/cart-gateway/storefront/public/**/*.js!',
  ],
  project: [
    '{apps,libs}/**/*.{ts,js,mjs}!',
    '!{apps,libs}/**/*spec-kit.ts!',
    '{bench,packages,scripts,test}/**/*.{ts,mjs}',
  ],
  // `npx nest build` of the README, which no script needs; what the bench fetches for itself; and
  // what only `npm start` needs, which knip takes for production.
  ignoreDependencies: [
    '@nestjs/cli',
    '@vendure/core',
    ...(process.argv.includes('--production') ? ['pino-pretty'] : []),
  ],
  // The gateway writes it for the pages.
  ignoreUnresolved: ['./sentences.js'],
  // Two names for one value are not dead.
  exclude: ['duplicates'],
};
