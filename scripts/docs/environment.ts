import { code, page, table, withPart } from './markdown';
import { textOf } from './source-words';
import { isSandboxOnly, type Variable, variables, variablesOf } from './variables';

/** Every variable with its services, default and meaning. */
export function environmentPage(): string {
  return page(
    'Environment',
    [
      'A service reads its variables once, at its start. If some are missing or wrong, it stops',
      'with one message that lists all of them. An empty variable counts as missing. `*_MS` are',
      'whole milliseconds. `.env.example` has all variables except most of the sandbox alone.',
      'A secret may be in a file: then `NAME_FILE` is its path, and `NAME` is not set.',
    ].join('\n'),
    sharedTable(variables.filter((variable) => !isSandboxOnly(variable))),
    [
      "`npm start` gives some of them other defaults: `LOG_LEVEL=warn`, the sandbox's address as",
      '`WECHAT_API_URL`, and, as long as that address is of this machine, `DEMO=true`,',
      '`WECHAT_API=v3`, and a merchant that the sandbox knows, with keys of both dialects.',
      '`npm run migrate` reads `DATABASE_URL` and `LOG_LEVEL`. `docker-compose.yml` also reads',
      '`MYSQL_PASSWORD`, and Docker Compose itself `COMPOSE_FILE` and `COMPOSE_PROFILES`.',
    ].join('\n'),
    '## Only for the sandbox',
    'See [its own README](../apps/wechat-sandbox/README.md).',
    sharedTable(variables.filter(isSandboxOnly)),
  );
}

export const sandboxFile = 'apps/wechat-sandbox/README.md';

/** The sandbox's own README as it is, with the variables that it reads. */
export function sandboxPage(): string {
  const rows = variablesOf('wechat-sandbox').map((one) => [namesOf(one), ...meaningOf(one)]);
  const part = table(['variable', 'default', 'meaning'], rows);
  return withPart(textOf(sandboxFile), 'variables', `\n${part}\n`);
}

/** By name; services share a row if they have the same default and meaning. */
function sharedTable(some: readonly Variable[]): string {
  const readers = new Map<string, string[]>();
  for (const one of [...some].sort(byNameAndService)) {
    const row = JSON.stringify([namesOf(one), ...meaningOf(one)]);
    readers.set(row, [...(readers.get(row) ?? []), one.service]);
  }
  const rows = [...readers].map(([row, services]) => {
    const [name = '', ...meaning] = JSON.parse(row) as string[];
    return [name, services.join(', '), ...meaning];
  });
  return table(['variable', 'read by', 'default', 'meaning'], rows);
}

function byNameAndService(one: Variable, other: Variable): number {
  const [first, second] = [one, other].map(({ name, service }) => `${name} ${service}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** What the variable is called, and the one that names a file instead. */
const namesOf = ({ name, fileName }: Variable) =>
  fileName ? `${code(name)}, ${code(fileName)}` : code(name);

/** The default and the meaning as cells of a table. */
function meaningOf({ required, fallback, meaning }: Variable): [string, string] {
  if (required) return ['must be given', meaning];
  return [fallback === '' ? 'none' : code(fallback), meaning];
}
