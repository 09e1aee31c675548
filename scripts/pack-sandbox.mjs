// What `npm pack` in apps/wechat-sandbox runs: builds the sandbox into one file that needs no other
// package, with its types and the licences of what is in it. `--clean` takes it away again.
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import webpack from 'webpack';
import { bundle, fill, licences, modules, root } from './pack/bundle.mjs';
import { typesOf } from './sandbox-types.mjs';

const app = 'apps/wechat-sandbox';
const out = join(root, app, 'dist');
const kit = ['create-sandbox', 'sandbox-client'].map((name) => `${app}/src/kit/${name}`);

/** What Nest, Fastify and pino look for and do without, and what the sandbox never asks for. */
const leftOut = [
  '@nestjs/(websockets|microservices|platform-express)',
  '@fastify/(static|view)',
  '@opentelemetry',
  'class-(transformer|validator)',
  'file-type',
];

/** Our own files as `npm run build` makes them, in a folder of their own. */
function build(folder) {
  const swc = join(modules, '.bin/swc');
  const ignored = '**/*.spec.ts,**/*spec-kit.ts';
  const args = [app, 'libs/platform', '--out-dir', folder, '--quiet', '--ignore', ignored];
  const { status } = spawnSync(swc, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('swc failed');
}

/** Everything in one file; gives the folders of the packages that are in it. */
function pack(folder) {
  const entry = join(folder, 'entry.js');
  const from = (path) => `require('./${path}.js')`;
  writeFileSync(
    entry,
    `module.exports = { kit: () => ({ ...${from(kit[0])}, ...${from(kit[1])} }),
      run: () => ${from(`${app}/src/main`)} };`,
  );
  return bundle({
    target: 'node20',
    entry: { sandbox: entry },
    output: { path: out, library: { type: 'commonjs2' } },
    plugins: [
      new webpack.IgnorePlugin({ resourceRegExp: new RegExp(`^(${leftOut.join('|')})(/|$)`) }),
    ],
  });
}

await fill(out, async (folder) => {
  build(folder);
  const packages = await pack(folder);
  copyFileSync(join(root, 'scripts/ends-with-npm.mjs'), join(out, 'ends-with-npm.mjs'));
  // By name, so that `import` knows the names too.
  const exported = ['createSandbox', 'SandboxClient'];
  const lines = exported.map((name) => `exports.${name} = kit.${name};`);
  const file = join(out, 'create-sandbox');
  writeFileSync(
    `${file}.js`,
    ["const kit = require('./sandbox.js').kit();", ...lines, ''].join('\n'),
  );
  writeFileSync(
    `${file}.d.ts`,
    typesOf(
      root,
      kit.map((path) => `${path}.ts`),
    ),
  );
  writeFileSync(
    join(out, 'THIRD-PARTY-NOTICES.md'),
    licences('The file `sandbox.js` has', packages),
  );
});
