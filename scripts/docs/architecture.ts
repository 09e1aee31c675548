import { code, withPart } from './markdown';
import { textOf } from './source-words';

export const architectureFile = 'docs/architecture.md';

/** docs/architecture.md as it is, with the lists in it that the code knows better. */
export function architecturePage(): string {
  const withPoints = withPart(textOf(architectureFile), 'crash points', `\n${crashPoints()}\n`);
  const withRules = withPart(withPoints, 'house rules', `\n${rulesOf('test/tidy.spec.ts')}\n`);
  const ofLinters = rulesOf('test/tidy/linters.spec.ts');
  return withPart(withRules, 'rules of linters', `\n${ofLinters}\n`);
}

/** The moments that the proof kills a process at, one line for each piece of work. */
function crashPoints(): string {
  const text = textOf('apps/order-service/src/crash-point.ts');
  const works = new Map<string, string[]>();
  for (const [, work = '', moment = ''] of text.matchAll(/^ {2}\| '([a-z]+)\.([a-z-]+)'/gm)) {
    works.set(work, [...(works.get(work) ?? []), moment]);
  }
  return [...works].map(([work, moments]) => `- ${code(work)}: ${moments.join(', ')}`).join('\n');
}

/** The names of the rules that a spec shows to be held, in their order. */
function rulesOf(spec: string): string {
  const rules = [...textOf(spec).matchAll(/^ {2}'([^']+)': \{$/gm)].map((match) => match[1] ?? '');
  return rules.map((rule) => `- ${rule}`).join('\n');
}
