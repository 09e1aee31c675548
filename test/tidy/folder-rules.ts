import { posix } from 'node:path';
import { type Finding, files, isProduct, type Rule } from './tree';

/** What a file imports of its own app or lib; the formatter writes every import alike. */
const ownImport = /\b(?:from|import|require(?:\.resolve)?) ?\(?'(\.\.?\/[^']+)'/g;

/**
 * The folder of a product file. A file that stands in `src` itself is a folder of its own: some of
 * these wire the folders together (`main.ts`, a module), others are what all share (`config.ts`).
 */
function folderOf(path: string): string {
  const standsInSrc = /^(apps|libs|packages)\/[^/]+\/src\/[^/]+$/.test(path);
  return standsInSrc ? path.replace(/\.[tj]s$/, '') : posix.dirname(path);
}

/** Files may be without a circle and folders not: then no folder of them can be read first. */
export const noFolderCircle: Rule = (tree) => {
  const graph = new Map<string, Set<string>>();
  for (const [path, text] of files(tree, /\.ts$/)) {
    if (!isProduct(path)) continue;
    const from = folderOf(path);
    const targets = graph.get(from) ?? new Set();
    for (const [, name = ''] of text.matchAll(ownImport)) {
      targets.add(folderOf(posix.join(posix.dirname(path), name)));
    }
    targets.delete(from);
    graph.set(from, targets);
  }
  return circles(graph).map(
    (circle): Finding => `${circle[0]}: folder circle ${circle.join(' -> ')}; move a file`,
  );
};

/** At least one circle of each knot; each begins and ends with the same name. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
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
