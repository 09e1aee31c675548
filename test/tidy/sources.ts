import ts from 'typescript';

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
