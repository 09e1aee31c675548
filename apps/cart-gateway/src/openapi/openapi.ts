import { type ErrorCode, errorKind } from '@saoma/contracts/errors';
import { z } from 'zod';
import { routeOf } from '../rest/answers';
import type { Route } from '../rest/route';

type Json = Record<string, unknown>;

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** The outer face as an OpenAPI 3.1 document, written from the routes that are served. */
export class OpenApi {
  readonly document: Json;
  /** What has a name in the contracts, by that name. */
  private readonly schemas: Record<string, unknown> = {};

  constructor(controllers: readonly (new (...args: never[]) => object)[]) {
    const paths: Record<string, Json> = {};
    for (const route of controllers.flatMap(routesOf)) {
      for (const path of [route.path].flat()) {
        const template = path.replace(/:(\w+)/g, '{$1}');
        const others = paths[template] ?? {};
        paths[template] = { ...others, [route.method.toLowerCase()]: this.operation(route) };
      }
    }
    this.document = {
      openapi: '3.1.0',
      info: { title: 'Saoma', version: '1', description: 'Amounts are whole fen.' },
      paths,
      components: {
        schemas: { ...this.schemas, Problem: this.schema(Problem, 'output') },
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'saoma_session' },
        },
      },
    };
  }

  private operation(route: Route): Json {
    const bodyType = route.raw ? 'text/xml' : 'application/json';
    const bodySchema = route.raw ? {} : route.body && this.schema(route.body, 'input');
    return {
      summary: route.summary,
      security: route.open ? [] : [{ bearer: [] }, { cookie: [] }],
      parameters: [
        ...this.parameters('path', route.params),
        ...this.parameters('query', route.query),
        ...this.parameters('header', route.headers),
      ],
      ...(bodySchema
        ? { requestBody: { required: true, content: { [bodyType]: { schema: bodySchema } } } }
        : {}),
      responses: { ...this.answers(route), ...problems(route) },
    };
  }

  /** A schema as JSON Schema; what has a name in the contracts is a component. */
  private schema(type: z.ZodType, io: 'input' | 'output'): Json {
    const json = z.toJSONSchema(type, { io, unrepresentable: 'any' });
    const text = JSON.stringify(json).replaceAll('#/$defs/', '#/components/schemas/');
    const { $schema: _, $defs = {}, ...own } = JSON.parse(text) as Json;
    Object.assign(this.schemas, $defs);
    return own;
  }

  private parameters(where: string, type: z.ZodType | undefined): Json[] {
    if (!type) return [];
    const { properties = {}, required = [] } = this.schema(type, 'input') as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: where,
      required: required.includes(name),
      schema: property,
    }));
  }

  private answers(route: Route): Json {
    const told = Object.entries(route.answers).map(([status, type]) => {
      if (type === null) return [status, { description: 'Nothing to say.' }];
      const content = {
        [route.type ?? 'application/json']: { schema: this.schema(type, 'output') },
      };
      return [status, { description: 'Done.', content }];
    });
    return Object.fromEntries(told);
  }
}

function routesOf({ prototype }: { prototype: object }): Route[] {
  const methods = Object.values(Object.getOwnPropertyDescriptors(prototype));
  return methods.flatMap(({ value }) => (typeof value === 'function' && routeOf(value)) || []);
}

/** Besides its own errors every route can answer those of reading a request, and of being down. */
function problems(route: Route): Json {
  const codes: ErrorCode[] = ['request/malformed', 'request/invalid'];
  if (route.body) codes.push('request/wrong-type');
  if (route.body || route.raw) codes.push('request/too-large');
  if (!route.open) codes.push('auth/required');
  if (route.operator) codes.push('auth/operator-only');
  codes.push(...(route.errors ?? []), 'service/unavailable');
  const byStatus: Record<string, string[]> = {};
  for (const code of new Set(codes)) {
    const { status } = errorKind(code);
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  const content = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, of]) => [
      status,
      { description: of.join(', '), content },
    ]),
  );
}
