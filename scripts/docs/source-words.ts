import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse, walk } from '../../test/tidy/sources';
import { projectRoot } from '../../test/tidy/tree';

/** The text of a file of the project, by its path from the root. */
export function textOf(path: string): string {
  return readFileSync(join(projectRoot(), path), 'utf8');
}

/**
 * The docstrings of a source file by the name of what they stand over: a property, a class or an
 * exported constant. Of two equal names the first one counts; a property of a class has its own
 * under `Class.property`.
 */
export function docstringsOf(path: string): Map<string, string> {
  const words = new Map<string, string>();
  walk(parse(path, textOf(path)), (node) => {
    const name = nameOf(node);
    const doc = name && docstringOver(node);
    if (!name || !doc) return;
    const owner = ts.isClassDeclaration(node.parent) ? `${node.parent.name?.getText()}.` : '';
    for (const one of [name, owner + name]) if (!words.has(one)) words.set(one, doc);
  });
  return words;
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations[0]?.name.getText();
  }
  const named =
    ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node) || ts.isClassDeclaration(node);
  return named ? node.name?.getText() : undefined;
}

function docstringOver(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(docs.at(-1)?.comment) ?? '';
  return text.replace(/\s+/g, ' ').trim();
}
