/** A table; `|` in a cell does not end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

const escaped = (cell: string) =>
  cell
    .replace(/\s+/g, ' ')
    .replace(/(?<!\\)\|/g, '\\|')
    .trim();

export const code = (text: string) => `\`${text}\``;

const notice = (command: string) =>
  `<!-- Written by \`${command}\` from the code: change the code, then run it again. -->`;

/** A whole generated page. */
export function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, notice('npm run docs'), ...parts].join('\n\n')}\n`;
}

/** The file with the lines between its comments `generated: name` and `end` replaced. */
export function withPart(text: string, name: string, part: string): string {
  const lines = new RegExp(`^(.*\\bgenerated: ${name}\\b.*\\n)[^]*?^(?=[^\\w\\n]*end\\b)`, 'm');
  if (!lines.test(text)) throw new Error(`the comments "generated: ${name}" and "end" are missing`);
  return text.replace(lines, (_all, start: string) => `${start}${part}\n`);
}
