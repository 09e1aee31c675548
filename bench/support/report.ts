/** A number that is promised, and what came of it. */
interface Claim {
  readonly what: string;
  readonly value: number;
  /** At most so much, or (`least`) at least. */
  readonly limit: number;
  readonly least?: true;
  readonly unit?: string;
  /** Why it may fall short, as a profile has told. */
  readonly why?: string;
}

/** One table of the bench. */
export interface Report {
  /** Rows with the same names in each. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly claims: readonly Claim[];
  /** How it was measured, what is missing, why something falls short. */
  readonly notes: readonly string[];
}

function keeps({ value, limit, least }: Claim): boolean {
  return least ? value >= limit : value <= limit;
}

/** Three digits that count. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const rounded = Math.round(value * 10 ** digits) / 10 ** digits;
  return rounded.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const text = (cell: string | number | undefined) =>
    typeof cell === 'number' ? short(cell) : (cell ?? '');
  const lines = [names, ...rows.map((row) => names.map((name) => text(row[name])))];
  const widths = names.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const written = lines.map((line) =>
    line.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    ),
  );
  const [head = [], ...body] = written.map((line) => `| ${line.join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [head, rule, ...body].join('\n');
}

/** The report as Markdown, each promise with its verdict. */
export function written(name: string, { rows, claims, notes }: Report): string {
  const verdicts = claims.map((claim) => {
    const { what, value, limit, least, unit = '' } = claim;
    return {
      promise: what,
      measured: `${short(value)}${unit}`,
      limit: `${least ? 'at least' : 'at most'} ${short(limit)}${unit}`,
      verdict: keeps(claim) ? 'ok' : 'short',
    };
  });
  const reasons = claims
    .filter((claim) => !keeps(claim))
    .map(({ what, why = 'no profile has told why yet' }) => `Short: ${what}. Why: ${why}.`);
  const tables = [rows, verdicts].filter((one) => one.length > 0).map(table);
  const remarks = [...reasons, ...notes].map((note) => `* ${note}`).join('\n');
  return [`## ${name}`, ...tables, ...(remarks ? [remarks] : [])].join('\n\n');
}
