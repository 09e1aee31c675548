import { files, type Tree } from './tree';

const placeholder = /\$\{[^}]*\}/g;
/** A template with fewer letters of its own would fit too much. */
const lettersMin = 12;

/** Names between double quotes on the page that no test, scenario or story has. */
export function unknownTests(page: string, tree: Tree): string[] {
  const tests = files(tree, /^(apps|libs|packages|test)\/.*\.spec\.ts$|^test\/proof\/.*\.ts$/);
  const literals = tests.flatMap(([, text]) =>
    [...text.matchAll(/(['`])((?:\\.|(?!\1)[^\\\n])+)\1/g)].map((match) => match[2] ?? ''),
  );
  const templates = literals
    .map((literal) => literal.split(placeholder))
    .filter((parts) => parts.length > 1 && parts.join('').length >= lettersMin)
    .map((parts) => new RegExp(`^${parts.map(escaped).join('.+')}$`));
  const quoted = [...page.matchAll(/"([^"\n]+)"/g)].map((match) => match[1] ?? '');
  return quoted.filter(
    (name) =>
      !literals.some((literal) => literal.includes(name)) &&
      !templates.some((template) => template.test(name)),
  );
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
