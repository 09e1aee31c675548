import type { z } from 'zod';
import { variables as gateway } from '../../apps/cart-gateway/src/config';
import { variables as order } from '../../apps/order-service/src/config';
import { schema as pay } from '../../apps/pay-service/src/config';
import { variables as sandbox } from '../../apps/wechat-sandbox/src/config';
import { code, page, table } from './markdown';
import { meanings } from './meanings';
import { kindOf } from './shapes';

const services: Readonly<Record<string, z.ZodType>> = {
  'cart-gateway': gateway,
  'order-service': order,
  'pay-service': pay,
  'wechat-sandbox': sandbox,
};

interface Variable {
  readonly name: string;
  readonly service: string;
  readonly fallback: string;
}

/** Every variable of every service, read from the schemas that the services start with. */
export const variables: readonly Variable[] = Object.entries(services).flatMap(
  ([service, schema]) =>
    Object.entries(shapeOf(schema)).map(([name, field]) => ({
      name,
      service,
      fallback: fallbackOf(field),
    })),
);

/** The variables of an environment, whether it is an object or made of several. */
function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const { shape, in: before, left, right } = kindOf(schema);
  if (shape) return shape;
  if (before) return shapeOf(before);
  if (left && right) return { ...shapeOf(left), ...shapeOf(right) };
  throw new Error('an environment whose variables cannot be read');
}

function fallbackOf(schema: z.ZodType): string {
  const { type, in: before, defaultValue } = kindOf(schema);
  if (type === 'default' || type === 'prefault') return written(defaultValue);
  if (type === 'optional') return 'none';
  return before ? fallbackOf(before) : 'must be given';
}

/** A default as one would write it into the environment. */
function written(value: unknown): string {
  if (typeof value !== 'object' || value === null) return code(String(value));
  if (Array.isArray(value)) return value.length === 0 ? 'none' : code(value.join(','));
  const { host, port, kind, file } = value as Record<string, unknown>;
  return code(host === undefined ? `${kind}:${file}` : `tcp://${host}:${port}`);
}

/** Every variable with its services, default and meaning. */
export function environmentPage(): string {
  const unused = Object.keys(meanings).filter((name) => !isRead(name));
  if (unused.length > 0) throw new Error(`no service reads ${unused.join(', ')}`);
  const ours = variables.filter(({ name }) => !name.startsWith('SANDBOX_'));
  return page(
    'Environment',
    [
      'A service reads its variables once, at the start. A missing or wrong one stops it with one',
      'message that names all of them. An empty variable counts as missing. `*_MS` are whole',
      'milliseconds. `.env.example` has each one to copy, but for those of the sandbox alone.',
    ].join('\n'),
    table(['variable', 'read by', 'default', 'meaning'], rowsOf(ours)),
    [
      '`npm start` gives some of them other defaults: `DEMO=true`, `LOG_LEVEL=warn`, the',
      "sandbox's address as `WECHAT_API_URL`, and a merchant that the sandbox knows.",
      '`npm run migrate` reads `DATABASE_URL` and `LOG_LEVEL`. `docker-compose.yml` also reads',
      '`MYSQL_PASSWORD`.',
    ].join('\n'),
    '## Of the sandbox alone',
    'See [its own README](../apps/wechat-sandbox/README.md).',
    table(
      ['variable', 'read by', 'default', 'meaning'],
      rowsOf(variables.filter(({ name }) => name.startsWith('SANDBOX_'))),
    ),
  );
}

const isRead = (name: string) => variables.some((variable) => variable.name === name);

/** One row for each variable and default, with all services that share it. */
function rowsOf(some: readonly Variable[]): string[][] {
  const rows = new Map<string, string[]>();
  const sorted = [...some].sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const { name, service, fallback } of sorted) {
    const meaning = meanings[name];
    if (meaning === undefined) throw new Error(`scripts/docs/meanings.ts says nothing of ${name}`);
    const row = rows.get(`${name} ${fallback}`);
    if (row) row[1] += `, ${service}`;
    else rows.set(`${name} ${fallback}`, [code(name), service, fallback, meaning]);
  }
  return [...rows.values()];
}
