// What all our packages are made by: everything that a package needs in files of its own, and the
// licences of what is in them.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import webpack from 'webpack';

export const root = resolve(import.meta.dirname, '../..');
export const modules = join(root, 'node_modules');

/**
 * Fills the folder that a package is packed from, anew, and puts our licence into it. `make` works
 * in a folder that is gone afterwards. With `--clean` the package's folder is only taken away.
 */
export async function fill(out, make) {
  rmSync(out, { recursive: true, force: true });
  if (process.argv.includes('--clean')) return;
  const folder = mkdtempSync(join(tmpdir(), 'saoma-pack-'));
  try {
    mkdirSync(out);
    await make(folder);
    copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs webpack; gives the folders of the packages that are in what it has written. */
export async function bundle(options) {
  const compiler = webpack({
    mode: 'none',
    node: false,
    resolve: { modules: ['node_modules', modules] },
    ...options,
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
export function licences(files, packages) {
  const texts = packages.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `## ${name} ${version} (${license})\n\n${text.replace(/^/gm, '    ')}\n`;
  });
  const head = `${files} these packages in it, each under its own licence.`;
  return `# Third-party notices\n\n${head}\n\n${texts.join('\n')}`;
}
