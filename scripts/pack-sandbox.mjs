// What `npm pack` in apps/wechat-sandbox runs: builds the sandbox into one file that needs no other
// package, with its types and the licences of what is in it. `--clean` takes it away again.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import webpack from 'webpack';
import { typesOf } from './sandbox-types.mjs';

const root = resolve(import.meta.dirname, '..');
const app = 'apps/wechat-sandbox';
const out = join(root, app, 'dist');
const modules = join(root, 'node_modules');
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
async function bundle(folder) {
  const entry = join(folder, 'entry.js');
  const from = (path) => `require('./${path}.js')`;
  writeFileSync(
    entry,
    `module.exports = { kit: () => ({ ...${from(kit[0])}, ...${from(kit[1])} }),
      run: () => ${from(`${app}/src/main`)} };`,
  );
  const compiler = webpack({
    mode: 'none',
    target: 'node20',
    node: false,
    entry: { sandbox: entry },
    output: { path: out, library: { type: 'commonjs2' } },
    resolve: { modules: ['node_modules', modules] },
    plugins: [
      new webpack.IgnorePlugin({ resourceRegExp: new RegExp(`^(${leftOut.join('|')})(/|$)`) }),
    ],
  });
  const stats = await new Promise((done, fail) => {
    compiler.run((error, result) => (error ? fail(error) : done(result)));
  });
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
  const names = [...stats.compilation.modules]
    .map(({ resource = '' }) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(resource)?.[0])
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

/** Their licences ask that they go along with every copy. */
function licences(packages) {
  const texts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `## ${name} ${version} (${license})\n\n${text.replace(/^/gm, '    ')}\n`;
  });
  const head = 'The file `sandbox.js` has these packages in it, each under its own licence.';
  return `# Third-party notices\n\n${head}\n\n${texts.join('\n')}`;
}

rmSync(out, { recursive: true, force: true });
if (!process.argv.includes('--clean')) {
  if (!existsSync(modules)) throw new Error('run npm ci in the root first');
  const folder = mkdtempSync(join(tmpdir(), 'saoma-pack-'));
  try {
    build(folder);
    const packages = await bundle(folder);
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
    writeFileSync(join(out, 'THIRD-PARTY-NOTICES.md'), licences(packages));
    copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
