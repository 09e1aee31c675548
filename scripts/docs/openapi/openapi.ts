import type { z } from 'zod';
import { routesOf } from '../../../apps/cart-gateway/src/rest/answers';
import type { Route } from '../../../apps/cart-gateway/src/rest/route';
import { serverSentEvent } from '../../../apps/cart-gateway/src/rest/server-sent-event';
import { about, securitySchemes } from './about';
import { Problems } from './problems';
import { type Json, type Schema, Schemas } from './schemas';
import { webhooksOf, tag as webhooksTag } from './webhooks';

/** Routes that belong together for who reads of them. */
export interface Room {
  readonly name: string;
  readonly description: string;
  readonly controllers: readonly (new (...args: never[]) => object)[];
}

/** The outer face as an OpenAPI 3.1 document, written from the routes that are served. */
export class OpenApi {
  readonly document: Json;
  private readonly schemas = new Schemas();
  private readonly problems = new Problems(this.schemas);

  constructor(rooms: readonly Room[]) {
    const paths: Record<string, Record<string, Json>> = {};
    for (const room of rooms) {
      for (const [name, route] of room.controllers.flatMap(routesOf)) {
        for (const [index, path] of [route.path].flat().entries()) {
          const template = path.replace(/:(\w+)/g, '{$1}');
          const id = index === 0 ? name : `${name}${titled(path.split('.').at(-1) ?? '')}`;
          const same = index === 0 ? {} : { description: `The same as \`${name}\`.` };
          const operation = { tags: [room.name], ...this.operation(route, id), ...same };
          paths[template] = { ...paths[template], [route.method.toLowerCase()]: operation };
        }
      }
    }
    const webhooks = webhooksOf(this.schemas);
    this.document = {
      ...about,
      tags: [...rooms.map(({ name, description }) => ({ name, description })), webhooksTag],
      paths,
      webhooks,
      components: {
        schemas: this.schemas.components,
        responses: this.problems.responses,
        securitySchemes,
      },
    };
  }

  private operation(route: Route, operationId: string): Json {
    const { summary, description, open, body } = route;
    const bodies = Object.entries(route.raw ?? (body ? { 'application/json': body } : {}));
    const told = bodies.map(([type, one]) => this.schemas.content(type, this.schemas.input(one)));
    return {
      operationId,
      summary,
      description,
      security: open ? [] : [{ bearer: [] }, { cookie: [] }],
      parameters: [
        ...this.parameters('path', route.params),
        ...this.parameters('query', route.query),
        ...this.parameters('header', route.headers),
      ],
      requestBody:
        bodies.length === 0 ? undefined : { required: true, content: Object.assign({}, ...told) },
      responses: { ...this.answers(route), ...this.problems.of(route) },
    };
  }

  private parameters(where: string, type: z.ZodType | undefined): Json[] {
    if (!type) return [];
    const { properties = {}, required = [] } = this.schemas.input(type);
    return Object.entries(properties).map(([name, schema]) => ({
      name: where === 'header' ? titled(name) : name,
      in: where,
      required: required.includes(name),
      description: this.schemas.descriptionOf(schema),
      schema,
      example: this.schemas.example(schema),
    }));
  }

  private answers({ answers, type, csv }: Route): Json {
    const told = Object.entries(answers).map(([status, answer]) => {
      if (typeof answer === 'string') return [status, { description: answer }];
      const schema = this.schemas.output(answer);
      const description = this.schemas.descriptionOf(schema);
      const isStream = type === 'text/event-stream';
      const own = Number(status) < 400 ? type : undefined;
      const content = isStream
        ? this.stream(schema)
        : {
            ...this.schemas.content(own ?? 'application/json', schema),
            ...(csv && status === '200' && asCsv(csv)),
          };
      return [status, { description, content }];
    });
    return Object.fromEntries(told);
  }

  /** OpenAPI 3.1 has no word for a stream: it is a text that holds these events. */
  private stream(event: Schema): Json {
    const example = this.schemas.example(event) as Parameters<typeof serverSentEvent>[0];
    const schema = {
      type: 'string',
      contentMediaType: 'text/event-stream',
      contentSchema: { type: 'array', items: event },
    };
    return { 'text/event-stream': { schema, example: serverSentEvent(example) } };
  }
}

const asCsv = (description: string) => ({
  'text/csv': { schema: { type: 'string', description } },
});

const titled = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
