import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The project's own text files: path from the root (with `/`) to text. */
export type Tree = ReadonlyMap<string, string>;

/** One thing against the house rules: where it is, and the cure. */
export type Finding = `${string}: ${string}`;
export type Rule = (tree: Tree) => Finding[];

const foreignFolders = new Set(['node_modules', 'dist', 'data', 'coverage', 'vectors']);
const textFile = /\.(ts|mjs|js|json|html|css|md|ya?ml|sh)$|^(Dockerfile|\.env\.example|run)$/;

/** The folder of package.json above the built tests. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const hidden = entry.name.startsWith('.') && entry.name !== '.ci';
      if (entry.isDirectory() && !foreignFolders.has(entry.name) && !hidden) walk(path);
      if (entry.isFile() && textFile.test(entry.name) && entry.name !== 'package-lock.json') {
        tree.set(path, readFileSync(join(root, path), 'utf8'));
      }
    }
  };
  walk('');
  return tree;
}

/** The files of a tree whose path fits. */
export function files(tree: Tree, pattern: RegExp): [path: string, text: string][] {
  return [...tree].filter(([path]) => pattern.test(path));
}

/** Tests, and what only tests are made of. */
export const isSpec = (path: string) => /(\.spec|spec-kit)\.ts$/.test(path);
/** What runs in production. */
export const isProduct = (path: string) =>
  /^(apps|libs|packages)\/.*\.ts$/.test(path) && !isSpec(path);
