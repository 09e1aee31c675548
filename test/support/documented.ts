import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { projectRoot } from '../tidy/tree';
import type { Answer } from './http';

interface Response {
  readonly $ref?: string;
  readonly headers?: object;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Response>>;
  readonly requestBody: { readonly content: Required<Response>['content'] };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

/** Answers may grow in later versions; those of this one have nothing that it does not tell of. */
function closed(_: string, value: unknown): unknown {
  const { type, properties, additionalProperties } = (value ?? {}) as Record<string, unknown>;
  const isOpen = type === 'object' && properties && additionalProperties === undefined;
  return isOpen ? { ...(value as object), additionalProperties: false } : value;
}

const documentOf = (path: string): object => {
  const text = readFileSync(join(projectRoot(), path), 'utf8');
  return JSON.parse(text.replaceAll('"#/components/', '"openapi#/components/'), closed);
};
const document = documentOf('docs/openapi.json') as Document;
const { paths, webhooks, components } = document;
const messageFiles: Readonly<Record<string, object>> = Object.fromEntries(
  Object.keys(webhooks).map((type) => [type, documentOf(`docs/webhooks/${type}.schema.json`)]),
);
const ajv = addFormats.default(new Ajv2020({ strict: false }));
ajv.addSchema({ $id: 'openapi', components });

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{.*?\}/g, '[^/]+')}$`),
    ...operation,
  })),
);

/** Every answer without a problem that the document tells of: `getCart 200`. */
export const documentedAnswers = operations.flatMap(({ operationId, responses }) =>
  Object.keys(responses)
    .filter((status) => status < '400')
    .map((status) => `${operationId} ${status}`),
);
/** The answers that were seen in this process. */
export const seenAnswers = new Set<string>();

/**
 * Fails unless docs/openapi.json tells of this answer: its status, headers, type and body, to the
 * last member. An address that it does not know must not be there.
 */
export function checkAnswer(method: string, address: string, answer: Answer): void {
  const [path = ''] = address.split('?');
  const found = operations.find((one) => one.method === method && one.pattern.test(path));
  const what = `${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`;
  if (!found) {
    if (path.startsWith('/api/') && answer.status !== 404) throw new Error(`undocumented: ${what}`);
    return;
  }
  const told = found.responses[answer.status];
  const response = components.responses[told?.$ref?.split('/').at(-1) ?? ''] ?? told;
  if (!response) throw new Error(`undocumented status: ${what}`);
  for (const header of Object.keys(response.headers ?? {})) {
    if (!answer.headers.has(header)) throw new Error(`without ${header}: ${what}`);
  }
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  const body = response.content?.[type];
  if (!body && (response.content || answer.text)) throw new Error(`undocumented type: ${what}`);
  if (body) check(body.schema, type.endsWith('json') ? answer.json() : answer.text, what);
  seenAnswers.add(`${found.operationId} ${answer.status}`);
}

/** Fails unless the value is what this component of the document says. */
export function checkComponent(name: string, value: unknown): void {
  check(components.schemas[name] ?? {}, value, name);
}

/** Fails unless the document tells of this message to the shop, and its own schema does. */
export function checkMessage(message: { readonly type: string }): void {
  const { type } = message;
  const schema = webhooks[type]?.post.requestBody.content['application/json']?.schema;
  if (!schema) throw new Error(`undocumented message: ${type}`);
  check(schema, message, type);
  check(messageFiles[type] ?? {}, message, `${type}, by its file`);
}

let isOlderTaken = false;

/** Whether answers of an older release are taken too: they lack what was added since. */
export function takeOlderAnswers(isTaken: boolean): void {
  isOlderTaken = isTaken;
  ajv.removeSchema('openapi');
  const whole = { $id: 'openapi', components };
  ajv.addSchema(isTaken ? withoutRequired(whole) : whole);
}

/** What was made of a schema, which the validator knows again. */
const older = new WeakMap<object, object>();

function withoutRequired(schema: object): object {
  const drop = (name: string, value: unknown) => (name === 'required' ? undefined : value);
  const known = older.get(schema) ?? (JSON.parse(JSON.stringify(schema, drop)) as object);
  older.set(schema, known);
  return known;
}

function check(schema: object, value: unknown, what: string): void {
  const validate = ajv.compile(isOlderTaken ? withoutRequired(schema) : schema);
  if (!validate(value)) throw new Error(`${ajv.errorsText(validate.errors)}: ${what}`);
}
