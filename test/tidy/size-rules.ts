import ts from 'typescript';
import { parse, place, walk } from './sources';
import { type Finding, files, isSpec, type Rule } from './tree';

const functionLinesMax = 70;
const lineCharactersMax = 100;
const parametersMax = 3;

const code = /\.(ts|mjs|js|css|html)$/;

export const shortLines: Rule = (tree) =>
  files(tree, code).flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index): Finding[] => {
      const length = [...line].length;
      return length <= lineCharactersMax
        ? []
        : [`${path}:${index + 1}: ${length} characters; at most ${lineCharactersMax}`];
    }),
  );

export const shortFunctions: Rule = (tree) =>
  files(tree, /\.(ts|mjs|js)$/).flatMap(([path, text]) => {
    const findings: Finding[] = [];
    walk(parse(path, text), (node) => {
      if (!ts.isFunctionLike(node)) return;
      const at = place(path, text, node.getStart());
      const lines = node.getText().split('\n').length;
      if (lines > functionLinesMax && !(isSpec(path) && isListOfTests(node))) {
        findings.push(`${at}: a function of ${lines} lines; name its steps as functions`);
      }
      if (node.parameters.length > parametersMax && !ts.isConstructorDeclaration(node)) {
        findings.push(`${at}: ${node.parameters.length} parameters; pass one object`);
      }
    });
    return findings;
  });

/** The callback of a `describe` is a list of tests, each a function of its own. */
function isListOfTests(node: ts.SignatureDeclaration): boolean {
  const { body } = node as ts.FunctionLikeDeclaration;
  if (!body || !ts.isBlock(body)) return false;
  return body.statements.some(
    (statement) =>
      ts.isExpressionStatement(statement) && /^(it|test|describe)\(/.test(statement.getText()),
  );
}
