import * as order from '@saoma/contracts/order';
import * as pay from '@saoma/contracts/pay';
import * as payment from '@saoma/contracts/payment';
import * as values from '@saoma/contracts/values';
import { z } from 'zod';
import { docstringsOf } from './source-words';

/** What the generated pages need to know of any schema, whichever kind it is. */
export interface Kind {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly in?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly defaultValue?: unknown;
}

export const kindOf = (schema: z.ZodType) => schema.def as unknown as Kind;

/** A schema that the contracts export under a name. */
interface Named {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly doc: string;
}

/** Every named schema of the contracts, file by file. */
export const namedShapes: readonly Named[] = Object.entries({
  values,
  payment,
  pay,
  order,
}).flatMap(([file, exported]) => {
  const docs = docstringsOf(`libs/contracts/src/${file}.ts`);
  return Object.entries(exported).flatMap(([name, schema]: [string, unknown]): Named[] =>
    schema instanceof z.ZodType ? [{ name, schema, doc: docs.get(name) ?? '' }] : [],
  );
});

const names = new Map(namedShapes.map(({ name, schema }) => [schema, name]));

/** A schema as a short type; what has a name in the contracts is called by it. */
export function shapeText(schema: z.ZodType): string {
  return names.get(schema) ?? spelledOut(schema);
}

/** The same, but the outermost schema is never called by its name. */
export function spelledOut(schema: z.ZodType): string {
  const kind = kindOf(schema);
  if (kind.type === 'object')
    return `{ ${membersOf(kind.shape ?? {}).join(', ')} }`.replace(/ {2}/, '');
  if (kind.type === 'array' && kind.element) return `${bracketed(kind.element)}[]`;
  if (kind.type === 'nullable' && kind.innerType) return `${shapeText(kind.innerType)} | null`;
  if (kind.type === 'union') return (kind.options ?? []).map(shapeText).join(' | ');
  return scalarText(schema);
}

function membersOf(shape: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { type, innerType } = kindOf(schema);
    return type === 'optional' && innerType
      ? `${name}?: ${shapeText(innerType)}`
      : `${name}: ${shapeText(schema)}`;
  });
}

function bracketed(element: z.ZodType): string {
  const text = shapeText(element);
  return text.includes(' | ') && !text.startsWith('{') ? `(${text})` : text;
}

/** JSON Schema knows what a text or number may be. */
function scalarText(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const { type, pattern, format, minimum, maximum } = json;
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.enum) return json.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (type === 'integer') return `whole number ${rangeText(minimum, maximum)}`.trim();
  if (type === 'boolean') return 'true | false';
  if (type === 'object') return 'a flat object of texts, numbers and nulls';
  if (format) return `text (${format}${lengthText(json)})`;
  return pattern ? `text like /${pattern}/` : `text${lengthText(json)}`;
}

function rangeText(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): string {
  if (minimum === Number.MIN_SAFE_INTEGER) return '';
  return maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum}-${maximum}`;
}

function lengthText({ maxLength }: { readonly maxLength?: number }): string {
  return maxLength === undefined ? '' : `, at most ${maxLength} characters`;
}
