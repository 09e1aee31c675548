import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const Value = z.looseObject({ stringValue: z.string().optional(), intValue: z.any().optional() });
const Attributes = z
  .array(z.looseObject({ key: z.string(), value: Value }))
  .transform((all) =>
    Object.fromEntries(all.map(({ key, value }) => [key, value.stringValue ?? value.intValue])),
  );
/** What a collector of OpenTelemetry is sent, as JSON. */
const Request = z.looseObject({
  resourceSpans: z.array(
    z.looseObject({
      resource: z.looseObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.looseObject({
          spans: z.array(
            z.looseObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              attributes: Attributes,
              status: z.looseObject({ code: z.int().optional() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Sent = z.output<typeof Request>['resourceSpans'][number];
/** A span, and which service it is of. */
export type SeenSpan = Sent['scopeSpans'][number]['spans'][number] & { readonly service: string };

/** OTLP's numbers for what a span is. */
export const kinds = { internal: 1, server: 2, client: 3 } as const;

/** A collector of OpenTelemetry, on a port of its own until the process ends. */
export class Collector {
  readonly spans: SeenSpan[] = [];
  readonly paths = new Set<string | undefined>();
  readonly authorizations = new Set<string | undefined>();
  private readonly server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    this.paths.add(request.url);
    this.authorizations.add(request.headers.authorization);
    for (const { resource, scopeSpans } of Request.parse(JSON.parse(body)).resourceSpans) {
      const service = String(resource.attributes['service.name']);
      const spans = scopeSpans.flatMap((scope) => scope.spans);
      this.spans.push(...spans.map((span) => ({ ...span, service })));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });

  constructor() {
    this.server.listen(0).unref();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  of(traceId: string): SeenSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }
}
