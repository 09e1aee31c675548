import * as bills from '@saoma/contracts/bills';
import * as cart from '@saoma/contracts/cart';
import * as health from '@saoma/contracts/health';
import * as operator from '@saoma/contracts/operator';
import * as orders from '@saoma/contracts/orders';
import * as pay from '@saoma/contracts/pay';
import * as payments from '@saoma/contracts/payments';
import * as refunds from '@saoma/contracts/refunds';
import * as values from '@saoma/contracts/values';
import { z } from 'zod';

/** What the generated pages need to know of any schema, whichever kind it is. */
interface Kind {
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

const kindOf = (schema: z.ZodType) => schema.def as unknown as Kind;

/** A schema that the contracts export under a name. */
interface Named {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly doc: string;
}

const slices = [values, cart, orders, payments, refunds, operator, health, pay, bills];

/** Every schema that has a name in the contracts, slice by slice. */
export const namedShapes: readonly Named[] = slices.flatMap((slice) =>
  Object.values<unknown>(slice).flatMap((schema): Named[] => {
    const meta = schema instanceof z.ZodType ? schema.meta() : undefined;
    if (!meta?.id) return [];
    return [{ name: meta.id, schema: schema as z.ZodType, doc: meta.description ?? '' }];
  }),
);

/** The name of a schema; one that only describes a named schema anew keeps its name. */
function nameOf(schema: z.core.$ZodType): string | undefined {
  const { parent } = schema._zod;
  return z.globalRegistry.get(schema)?.id ?? (parent && nameOf(parent));
}

/** A schema as a short type; what has a name in the contracts is called by it. */
export function shapeText(schema: z.ZodType): string {
  return nameOf(schema) ?? spelledOut(schema);
}

/** The same, but the outermost schema is never called by its name. */
export function spelledOut(schema: z.ZodType): string {
  const kind = kindOf(schema);
  if (kind.type === 'object')
    return `{ ${membersOf(kind.shape ?? {}).join(', ')} }`.replace(/ {2}/, '');
  if (kind.type === 'array' && kind.element) return `${bracketed(kind.element)}[]`;
  if (kind.type === 'nullable' && kind.innerType) return `${shapeText(kind.innerType)} | null`;
  if (kind.type === 'default' && kind.innerType) return shapeText(kind.innerType);
  if (kind.type === 'union') return (kind.options ?? []).map(shapeText).join(' | ');
  return scalarText(schema);
}

function membersOf(shape: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { type, innerType } = kindOf(schema);
    return (type === 'optional' || type === 'default') && innerType
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
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const json = $defs[root.$ref?.split('/').at(-1) ?? ''] ?? root;
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
