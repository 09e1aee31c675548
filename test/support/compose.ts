import { parse } from 'yaml';
import { textOf } from '../../scripts/docs/source-words';

/** What the tests read of a service in a compose file. */
export interface ComposeService {
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly network_mode?: string;
  readonly networks?: string[] | Record<string, { readonly aliases?: readonly string[] }>;
  readonly mem_limit?: string;
  readonly logging?: {
    readonly driver: string;
    readonly options: Readonly<Record<string, string>>;
  };
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

/** Each file that compose is started with. */
export const composeFile = 'docker-compose.yml';
export const sellFile = 'docker-compose.sell.yml';

/** A file as one YAML value, its anchors and `<<` filled in. */
export const readCompose = (file: string) => parse(textOf(file), { merge: true });

/** The first file with what stands in the others put over it, as compose does. */
export const composed = (file: string, ...others: readonly string[]) =>
  others.map(readCompose).reduce(putOver, readCompose(file)) as Compose;

function putOver(below: unknown, above: unknown): unknown {
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (!isMap(below) || !isMap(above)) return above;
  const all = { ...below };
  for (const [key, value] of Object.entries(above)) all[key] = putOver(below[key], value);
  return all;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Environment = Readonly<Record<string, string>>;

/** A service's variables as compose fills them in: `${NAME:-default}`, `${NAME:?what is wrong}`. */
export function filledIn({ environment = {} }: ComposeService, env: Environment): Environment {
  const filled = Object.entries(environment).map(([name, text]) => [
    name,
    text.replace(/\$\{[^}]*\}/g, (place) => {
      const [, variable = '', kind, word = ''] = /^\$\{(\w+):([-?])(.*)\}$/.exec(place) ?? [];
      if (!kind) throw new Error(`${name}: ${place} is of a kind that no test knows`);
      if (kind === '?' && !env[variable]) throw new Error(word);
      return env[variable] || (kind === '-' ? word : '');
    }),
  ]);
  return Object.fromEntries(filled);
}
