import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import ts from 'typescript';
import { projectRoot } from '../../../../test/tidy/tree';

const folder = join(projectRoot(), 'apps/cart-gateway/storefront/public');

/**
 * The files of the pages with this ending, by path. Operators and auditors choose their browser:
 * the console's own files may be newer.
 */
const filesOf = (ending: string): [path: string, text: string][] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.startsWith('console'))
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')]);

const oneOf = (patterns: readonly RegExp[]) =>
  new RegExp(patterns.map(({ source }) => source).join('|'), 'm');

/** What Chrome 80, Safari 14 or Firefox 78 lack, as far as somebody may think of using it. */
const newWords = oneOf([
  /\.(replaceChildren|replaceAll|requestSubmit|ariaLabel|showModal|findLast|toSorted)\b/,
  /\b(AbortSignal\.(timeout|any)|Object\.(hasOwn|groupBy)|Promise\.(any|withResolvers))\b/,
  /\b(structuredClone|reportError|scheduler|WeakRef)\b|\w\.at\(/,
]);
const newStyle = oneOf([
  /\b(aspect-ratio|inset)\s*:|(margin|padding|border)-(inline|block)\b|^\s*gap:/,
  /:(is|where|has)\(|@(layer|container|property)\b|\b(clamp|color-mix)\(/,
]);

/** Numbers such as 20_000 are older than what the compiler takes for new. */
const output = (text: string, target: ts.ScriptTarget) =>
  ts.transpileModule(text.replace(/(?<=\d)_(?=\d)/g, ''), { compilerOptions: { target } })
    .outputText;

function awaitsAtTop(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  return ts.isAwaitExpression(node) || (ts.forEachChild(node, awaitsAtTop) ?? false);
}

test('scripts are written in the language of 2020, which old browsers read', () => {
  for (const [path, text] of filesOf('.js')) {
    assert.equal(
      output(text, ts.ScriptTarget.ES2020),
      output(text, ts.ScriptTarget.ESNext),
      `${path} has syntax that is newer`,
    );
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
    assert.equal(awaitsAtTop(source), false, `${path}: await outside a function`);
    assert.doesNotMatch(text, newWords, path);
  }
});

test('the script that speaks to the oldest browsers is one that they can read', () => {
  const text = readFileSync(join(folder, 'js/first.js'), 'utf8');
  assert.doesNotMatch(text, /=>|\b(const|let|import|export|class)\b|`|\?\.|\?\?/);
});

test('styles need nothing that old browsers lack, but for what is decoration', () => {
  for (const [path, text] of filesOf('.css')) {
    const grids = text.replace(/\{[^}]*display: grid;[^}]*\}/g, '');
    assert.doesNotMatch(grids, newStyle, path);
  }
});
