import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../test/tidy/tree';
import { page, table } from './markdown';
import { textOf } from './source-words';

/** The decisions, by number: path from the root, and the text. */
export function decisions(): { readonly path: string; readonly text: string }[] {
  const files = readdirSync(join(projectRoot(), 'docs/decisions')).sort();
  return files
    .filter((file) => /^[0-9]{4}-/.test(file))
    .map((file) => ({ path: `docs/decisions/${file}`, text: textOf(`docs/decisions/${file}`) }));
}

/** The index of the decisions, written from their headings. */
export function decisionsPage(): string {
  const rows = decisions().map(({ path, text }) => {
    const [, number = '', title = ''] = /^# ([0-9]{4})\. (.+)$/m.exec(text) ?? [];
    return [`[${number}](${path.split('/').at(-1)})`, title];
  });
  return page(
    'Decisions',
    'Half a page each: the choice, the reason, the alternatives, what would change our mind.',
    table(['number', 'choice'], rows),
  );
}
