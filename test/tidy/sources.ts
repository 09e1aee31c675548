import { posix } from 'node:path';
import ts from 'typescript';
import { files, type Tree } from './tree';

const parsed = new Map<string, ts.SourceFile>();

export function parse(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known?.text === text) return known;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  parsed.set(path, source);
  return source;
}

/** Calls `visit` for a node and everything in it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** What a file imports, by whatever means, as it is written there. */
export function specifiers(path: string, text: string): string[] {
  const found: string[] = [];
  walk(parse(path, text), (node) => {
    const from = moduleOf(node);
    if (from && ts.isStringLiteral(from)) found.push(from.text);
  });
  return found;
}

function moduleOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const called = node.expression.getText();
  return isImport || /^require(\.resolve)?$/.test(called) ? node.arguments[0] : undefined;
}

/** The file of ours that a specifier names, or undefined for a package. */
function resolve(tree: Tree, from: string, specifier: string): string | undefined {
  const lib = /^@saoma\/([a-z]+)\/(.+)$/.exec(specifier);
  const path = lib
    ? `libs/${lib[1]}/src/${lib[2]}`
    : posix.normalize(posix.join(posix.dirname(from), specifier));
  if (!lib && !specifier.startsWith('.')) return undefined;
  return [path, `${path}.ts`, `${path}.d.ts`, path.replace(/\.js$/, '.ts')].find((file) =>
    tree.has(file),
  );
}

/** Who imports whom among our own TypeScript files, types included. */
export function importGraph(tree: Tree): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const [path, text] of files(tree, /\.ts$/)) {
    const targets = specifiers(path, text).map((name) => resolve(tree, path, name));
    graph.set(path, [...new Set(targets.filter((target) => target !== undefined))]);
  }
  return graph;
}

/** The package of a specifier, `@nestjs/core` or `node:fs`; undefined for a file of ours. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('@saoma/')) return undefined;
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1];
}

/** The text without its comments, each replaced by blanks so that lines stay where they are. */
export function withoutComments(path: string, text: string): string {
  const source = parse(path, text);
  let bare = text;
  const blank = ({ pos, end }: ts.TextRange) => {
    bare = bare.slice(0, pos) + text.slice(pos, end).replace(/[^\n]/g, ' ') + bare.slice(end);
  };
  const visit = (node: ts.Node) => {
    for (const range of ts.getLeadingCommentRanges(text, node.pos) ?? []) blank(range);
    for (const range of ts.getTrailingCommentRanges(text, node.end) ?? []) blank(range);
    // Tokens too, such as a closing bracket with a comment before it.
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return bare;
}

/** `file:line` of an offset. */
export function place(path: string, text: string, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`;
}
