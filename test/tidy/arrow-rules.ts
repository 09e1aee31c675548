import { posix } from 'node:path';
import { importGraph, packageOf, specifiers } from './sources';
import { type Finding, files, isProduct, isSpec, type Rule, type Tree } from './tree';

export const noBarrels: Rule = (tree) =>
  files(tree, /(^|\/)index\.(ts|mjs|js)$/).map(
    ([path]): Finding => `${path}: name the file for what is in it; import from where a thing is`,
  );

export const contractsImportOnlyZod: Rule = (tree) =>
  files(tree, /^libs\/contracts\//).flatMap(([path, text]) => {
    if (!isProduct(path)) return [];
    const strangers = specifiers(path, text).filter((name) => !/^(zod$|\.\/)/.test(name));
    return strangers.map((name): Finding => `${path}: imports ${name}; contracts know only zod`);
  });

/** Which file may not import which, and what to do instead. */
const closedWays: readonly { from: RegExp; to: RegExp; cure: string }[] = [
  { from: /^libs\//, to: /^apps\//, cure: 'a lib knows no app: move the shared part into the lib' },
  {
    from: /^libs\/platform\//,
    to: /^libs\/contracts\/src\/(?!define|errors)/,
    cure: 'platform holds no business word: it may use define.ts and errors.ts only',
  },
  {
    from: /^apps\/pay-service\//,
    to: /^libs\/contracts\/src\/(?!(?:define|errors|values|pay)\.ts$)/,
    cure: 'the pay service knows nothing of orders: the order service calls it, never back',
  },
];

export const arrows: Rule = (tree) => {
  const findings: Finding[] = [];
  for (const [from, targets] of importGraph(tree)) {
    for (const to of targets) {
      const app = /^apps\/[^/]+\//.exec(from)?.[0];
      if (app && to.startsWith('apps/') && !to.startsWith(app)) {
        findings.push(`${from}: imports ${to}; apps meet only over RPC, by libs/contracts`);
      }
      if (isProduct(from) && (/^(test|scripts)\//.test(to) || isSpec(to))) {
        findings.push(`${from}: imports ${to}; product code knows no test`);
      }
      for (const way of closedWays) {
        if (way.from.test(from) && way.to.test(to)) {
          findings.push(`${from}: imports ${to}; ${way.cure}`);
        }
      }
    }
  }
  return findings;
};

/** A wrong signer would pass every test if the sandbox shared it, so not even a detour is taken. */
export const sandboxSharesNothing: Rule = (tree) => {
  const graph = importGraph(tree);
  const findings: Finding[] = [];
  for (const start of [...graph.keys()].filter((path) => path.startsWith('apps/wechat-sandbox/'))) {
    for (const path of reachable(graph, start)) {
      if (/^(libs\/contracts|apps\/pay-service)\//.test(path)) {
        findings.push(`${start}: reaches ${path}; write the sandbox's own`);
      }
    }
  }
  return findings;
};

function reachable(graph: ReadonlyMap<string, string[]>, start: string): Set<string> {
  const seen = new Set<string>();
  const queue = [start];
  for (const path of queue) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...(graph.get(path) ?? []));
  }
  return seen;
}

export const noCircle: Rule = (tree) =>
  circles(importGraph(tree)).map(
    (circle): Finding =>
      `${circle[0]}: import circle ${circle.join(' -> ')}; move what both need into a third file`,
  );

/**
 * The folder of a product file. A file that stands in `src` itself is a folder of its own: some of
 * these wire the folders together (`main.ts`, a module), others are what all share (`config.ts`).
 */
function folderOf(path: string): string {
  return /^(apps|libs)\/[^/]+\/src\/[^/]+$/.test(path) ? path : posix.dirname(path);
}

/** Files may be without a circle and folders not: then neither folder can be read first. */
export const noFolderCircle: Rule = (tree) => {
  const graph = new Map<string, Set<string>>();
  for (const [path, targets] of importGraph(tree)) {
    if (!isProduct(path)) continue;
    const from = folderOf(path);
    const others = targets.map(folderOf).filter((to) => to !== from);
    graph.set(from, new Set([...(graph.get(from) ?? []), ...others]));
  }
  return circles(graph).map(
    (circle): Finding => `${circle[0]}: folder circle ${circle.join(' -> ')}; move a file`,
  );
};

/** The first circle that is found of each knot; every one begins and ends with the same name. */
function circles(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, way: string[]) => {
    const start = way.indexOf(node);
    if (start >= 0) found.push([...way.slice(start), node]);
    if (start >= 0 || done.has(node)) return;
    for (const target of graph.get(node) ?? []) visit(target, [...way, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}

/** What a process does not own, it has no package for (the table of docs/architecture.md). */
const foreignPackages: readonly { from: RegExp; packages: RegExp }[] = [
  { from: /^apps\/cart-gateway\//, packages: /^(typeorm|mysql2|libsql|ioredis|xml-js)$/ },
  { from: /^apps\/order-service\//, packages: /^(xml-js|@nestjs\/platform-.*)$/ },
  // Only the courier of webhooks speaks to the outside, and to the shop alone.
  { from: /^apps\/order-service\/src\/(?!webhook\/)/, packages: /^(undici|node:https?)$/ },
  { from: /^apps\/pay-service\//, packages: /^(typeorm|mysql2|libsql|ioredis)$/ },
  { from: /^libs\//, packages: /^(typeorm|mysql2|libsql|ioredis|xml-js|snowflake-id)$/ },
];

export const ownership: Rule = (tree) =>
  [...tree].filter(isProductFile).flatMap(([path, text]) => {
    const used = specifiers(path, text).map(packageOf);
    return foreignPackages
      .filter(({ from }) => from.test(path))
      .flatMap(({ packages }) => used.filter((name) => name && packages.test(name)))
      .map((name): Finding => `${path}: imports ${name}; another process owns that`);
  });

const isProductFile = ([path]: [string, string]) => isProduct(path);

const fixedPackages = [
  '@nestjs/core',
  '@nestjs/microservices',
  'typeorm',
  'mysql2',
  'ioredis',
  'xml-js',
  'snowflake-id',
];

/** The fixed packages are used, and nothing is installed for production that nobody uses. */
export const packagesAreUsed: Rule = (tree) => {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}') as {
    dependencies?: Record<string, string>;
  };
  const used = usedPackages(tree);
  const installed = Object.keys(manifest.dependencies ?? {});
  return [...new Set([...fixedPackages, ...installed])]
    .filter((name) => !used.has(name))
    .map((name): Finding => `package.json: no product code imports ${name}; use it or remove it`);
};

function usedPackages(tree: Tree): Set<string | undefined> {
  const product = [...tree].filter(isProductFile);
  return new Set(product.flatMap(([path, text]) => specifiers(path, text).map(packageOf)));
}
