import { importGraph } from './sources';
import { type Finding, files, isSpec, type Rule, type Tree } from './tree';

const commands = /^(package\.json|Dockerfile|docker-compose\.yml|scripts\/.*)$/;

/** Whether a program is started from this file: commands name it, or (in tests) a test does. */
function isStarted(tree: Tree, path: string): boolean {
  const says = (where: RegExp, name: string) =>
    files(tree, where).some(([, text]) => text.includes(name));
  const built = path.replace(/\.ts$/, '.js');
  if (says(commands, built)) return true;
  if (!path.startsWith('test/')) return false;
  const name = built.slice(built.lastIndexOf('/') + 1, -'.js'.length);
  return says(/^test\/.*\.ts$/, `${name}.js'`) || says(commands, `'${name}'`);
}

/** A file is alive if it is started, or imported by something that is no spec. */
export const noDeadFile: Rule = (tree) => {
  const graph = importGraph(tree);
  const imported = new Set<string>();
  for (const [path, targets] of graph) {
    for (const target of targets) {
      if (!isSpec(path) || isSpec(target) || target.startsWith('test/')) imported.add(target);
    }
  }
  return [...graph.keys()].flatMap((path): Finding[] => {
    if (/(\/main|\.d)\.ts$/.test(path) || isSpec(path)) return [];
    if (imported.has(path) || isStarted(tree, path)) return [];
    return [`${path}: nothing but tests uses it; use it or remove it`];
  });
};

/** Scripts, styles and pictures of the storefront are all named by a page, a script or the demo. */
export const noDeadPagePart: Rule = (tree) => {
  const publicFolder = /^apps\/cart-gateway\/storefront\/public\//;
  const speakers = files(tree, /^apps\/.*\.(html|js|css|ts)$/);
  return files(tree, publicFolder).flatMap(([path]): Finding[] => {
    const name = path.split('/').at(-1) ?? '';
    if (name.endsWith('.html')) return [];
    const named = speakers.some(([other, text]) => other !== path && text.includes(name));
    return named ? [] : [`${path}: no page names it; use it or remove it`];
  });
};

/** Each of our services in docker-compose.yml is given variables of its own only. */
export const composeVariables =
  (declared: readonly { readonly service: string; readonly name: string }[]): Rule =>
  (tree) => {
    const text = tree.get('docker-compose.yml') ?? '';
    const blocks = text.split(/^ {2}(?=[a-z-]+:)/m).slice(1);
    return blocks.flatMap((block) => {
      const name = /^[a-z-]+/.exec(block)?.[0] ?? '';
      const own = declared.filter(({ service }) => name.startsWith(service));
      if (own.length === 0) return [];
      const given = block.matchAll(/^ {6}(?:- )?([A-Z][A-Z0-9_]+) *[:=]/gm);
      return [...given]
        .filter(([, key]) => own.every((variable) => variable.name !== key))
        .map(
          ([, key]): Finding =>
            `docker-compose.yml: ${name} gets ${key}; if it reads it, its config.ts declares it`,
        );
    });
  };
