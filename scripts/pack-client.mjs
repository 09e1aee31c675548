// What `npm pack` in packages/client runs: makes the client's two ES modules, which need no other
// package and run in Node and in browsers as they are, with their types and the licences of what is
// in them. `--clean` takes them away again.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { bundle, fill, licences, modules, root } from './pack/bundle.mjs';

const client = join(root, 'packages/client');
const out = join(client, 'dist');
/** The modules of the package, and the files whose exports are theirs. */
const exported = { 'saoma-client': ['client', 'problem'], webhooks: ['webhooks'] };
const sources = Object.values(exported).flat();
/** Types of others that are a part of ours, and what they are called in the package. */
const helpers = 'openapi-typescript-helpers';
const foreign = [
  { from: join(root, 'dist/openapi.d.ts'), name: 'openapi', called: '../../../dist/openapi.js' },
  ...['openapi-fetch', helpers].map((name) => ({
    from: join(modules, name, 'dist/index.d.mts'),
    name,
    called: name,
  })),
];

/** The types of the gateway's routes, from what it says of itself. */
function describe() {
  const tool = join(modules, '.bin/openapi-typescript');
  const args = ['docs/openapi.json', '--output', 'dist/openapi.d.ts'];
  const { status, stderr } = spawnSync(tool, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openapi-typescript failed: ${stderr}`);
}

/** Our own files as JavaScript, and their types. */
function compile(folder) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(
    sources.map((name) => join(client, 'src', `${name}.ts`)),
    {
      ...options,
      noEmit: false,
      declaration: true,
      sourceMap: false,
      outDir: folder,
      rootDir: join(client, 'src'),
    },
  );
  const { diagnostics } = program.emit();
  const wrong = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (wrong.length === 0) return;
  throw new Error(wrong.map(({ messageText }) => JSON.stringify(messageText)).join('\n'));
}

/** One file for each module; gives the folders of the packages that are in them. */
function pack(folder) {
  const entry = Object.fromEntries(
    Object.entries(exported).map(([name, files]) => {
      const text = files.map((file) => `export * from './${file}.js';\n`).join('');
      const file = join(folder, `entry-${name}.js`);
      writeFileSync(file, text);
      writeFileSync(join(out, `${name}.d.ts`), text.replaceAll("'./", "'./types/"));
      return [name, file];
    }),
  );
  return bundle({
    target: 'es2022',
    entry,
    output: { path: out, filename: '[name].js', module: true, library: { type: 'module' } },
    experiments: { outputModule: true },
  });
}

/** The types, with no other package's name in them. */
function writeTypes(folder) {
  const types = join(out, 'types');
  mkdirSync(types);
  const write = (name, from) => {
    const text = foreign.reduce(
      (before, other) => before.replaceAll(`from '${other.called}'`, `from './${other.name}.js'`),
      readFileSync(from, 'utf8'),
    );
    writeFileSync(join(types, name), text);
  };
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.d.ts'))) {
    write(name, join(folder, name));
  }
  for (const { from, name } of foreign) write(`${name}.d.ts`, from);
}

await fill(out, async (folder) => {
  describe();
  compile(folder);
  const packages = await pack(folder);
  writeTypes(folder);
  const typed = ['openapi-fetch', helpers].map((name) => join(modules, name));
  const all = [...new Set([...packages, ...typed])].sort();
  writeFileSync(join(out, 'THIRD-PARTY-NOTICES.md'), licences('This package has', all));
});
