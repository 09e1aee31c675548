import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** What the document looks at in a JSON Schema. */
export interface Schema extends Json {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

type Direction = 'input' | 'output';
const home = '#/components/schemas/';

/** Schemas of the contracts as JSON Schema. What has a name there becomes a component. */
export class Schemas {
  private readonly named: Record<Direction, Record<string, Schema>> = { input: {}, output: {} };

  /** What a client may send. An unknown member is refused. */
  input(type: z.ZodType): Schema {
    return this.written(type, 'input');
  }

  /** What a client gets. Later versions may know more members. */
  output(type: z.ZodType): Schema {
    return this.written(type, 'output');
  }

  /** All components; what a client may send and get is closed, as it must be for sending. */
  get components(): Json {
    return { ...this.named.output, ...this.named.input };
  }

  /** What a schema says of itself, or its component does. */
  descriptionOf(schema: Schema): string {
    const description = schema.description ?? (schema.$ref && this.resolved(schema).description);
    return description ?? lacking('description', schema);
  }

  /**
   * A body of this type, with an example made of the examples of its parts, but for the members
   * that the example of the body itself has.
   */
  content(type: string, told: Schema): Json {
    const example = this.example(told);
    // What it has of its own is no whole value of the type.
    const { examples: _, ...schema } = told;
    if (!schema.anyOf) return { [type]: { schema, example } };
    const examples = schema.anyOf.map((one) => [nameOf(one), { value: this.example(one) }]);
    return { [type]: { schema, examples: Object.fromEntries(examples) } };
  }

  example(schema: Schema): unknown {
    const { examples, properties, items } = schema;
    if (schema.$ref) {
      const whole = this.example(this.resolved(schema));
      if (!examples) return whole;
      const [own] = examples;
      return isRecord(own) && isRecord(whole) ? { ...whole, ...own } : own;
    }
    if (examples) return examples[0];
    if ('const' in schema) return schema.const;
    if (schema.enum) return schema.enum[0];
    if (schema.anyOf?.[0]) return this.example(schema.anyOf[0]);
    if (items) return [this.example(items)];
    if (!properties) return lacking('example', schema);
    const members = Object.entries(properties).map(([name, part]) => [name, this.example(part)]);
    return Object.fromEntries(members);
  }

  private resolved(schema: Schema): Schema {
    const name = nameOf(schema);
    return this.named.output[name] ?? this.named.input[name] ?? lacking('component', schema);
  }

  private written(type: z.ZodType, io: Direction): Schema {
    const text = JSON.stringify(jsonSchema(type, io)).replaceAll('#/$defs/', home);
    const { $schema: _, $defs = {}, ...own } = JSON.parse(text) as Schema;
    Object.assign(this.named[io], $defs);
    return own;
  }
}

/** The schema of what a client gets, in one piece: what it names stands in its `$defs`. */
export function wholeSchema(type: z.ZodType): Json {
  return jsonSchema(type, 'output');
}

function jsonSchema(type: z.ZodType, io: Direction): Json {
  return z.toJSONSchema(type, {
    io,
    override: ({ jsonSchema: told }) => {
      const isClosed = told.additionalProperties === false;
      if (io === 'output' && isClosed) delete told.additionalProperties;
    },
  });
}

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const nameOf = ({ $ref }: Schema) => $ref?.slice(home.length) ?? 'unnamed';

function lacking(what: string, schema: Schema): never {
  throw new Error(`the contract gives no ${what} for ${JSON.stringify(schema)}`);
}
