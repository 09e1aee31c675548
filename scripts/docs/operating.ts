import { PayEventKind } from '@saoma/contracts/operator';
import { code, table, withPart } from './markdown';
import { textOf } from './source-words';

export const operatingFile = 'docs/operating.md';

/** docs/operating.md as it is, with the kinds of the timeline. */
export function operatingPage(): string {
  const meanings = (PayEventKind.description ?? '').matchAll(/^- `(.+?)`: (.+)\.$/gm);
  const rows = [...meanings].map(([, kind = '', meaning = '']) => [code(kind), meaning]);
  const part = table(['kind', 'what happened'], rows);
  return withPart(textOf(operatingFile), 'timeline', `\n${part}\n`);
}
