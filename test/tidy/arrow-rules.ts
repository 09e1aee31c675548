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
    to: /^libs\/contracts\/src\/order/,
    cure: 'the pay service knows nothing of orders: the order service calls it, never back',
  },
  {
    from: /^apps\/order-service\/.*(?<!\.spec)\.ts$/,
    to: /^libs\/contracts\/src\/gateway/,
    cure: 'the order service knows nothing of the gateway, which subscribes to it',
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

export const noCircle: Rule = (tree) => {
  const graph = importGraph(tree);
  const findings: Finding[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) {
      const circle = [...way.slice(start), path].join(' -> ');
      findings.push(`${path}: import circle ${circle}; move what both need into a third file`);
    }
    if (start >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return findings;
};

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
