import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Order } from '@saoma/contracts/orders';
import { Payment } from '@saoma/contracts/payments';
import { Refund } from '@saoma/contracts/refunds';
import { deliveryTypes, webhooks } from '@saoma/contracts/webhooks';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { z } from 'zod';
import { NoticeV3 } from '../pay/notice-v3';
import { Scene } from '../spec-kit';

interface Documented {
  readonly responses: Readonly<
    Record<
      string,
      { readonly content: { readonly 'application/json': { readonly example: object } } }
    >
  >;
}

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const source = readFileSync('docs/openapi.json', 'utf8');
const ajv = addFormats.default(new Ajv2020());

const {
  paths,
  components,
  webhooks: told,
} = JSON.parse(source) as {
  webhooks: Record<
    string,
    { post: { requestBody: { content: Record<string, { readonly example: unknown }> } } }
  >;
  paths: Record<string, Record<string, { readonly security: readonly unknown[] }>>;
  components: { schemas: Record<string, Schema> };
};

test('docs/openapi.json is what the gateway serves', async (t) => {
  const scene = await Scene.start(t);
  assert.deepEqual((await scene.ask('GET', '/openapi.json')).json(), JSON.parse(source));
});

test('what needs no sign-in is written down, and nothing else is open', () => {
  const open = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security }]) => security.length === 0)
      .map(([method]) => `${method} ${path}`),
  );
  assert.deepEqual(open.sort(), [
    'delete /api/session',
    'get /api/items',
    'get /health/live',
    'get /health/ready',
    'get /openapi.json',
    'post /api/payments/{out_trade_no}/key',
    'post /api/session',
    'post /pay/notify',
    'post /pay/refundNotify',
  ]);
});

/** Rules of the linter that are not followed, and why; it knows no other that finds anything. */
const unfollowed = {
  'info-contact': 'it is the document of whoever runs it',
  'info-license-url': 'the licence has an SPDX identifier, which excludes an address',
  'operation-4xx-problem-details-rfc7807': 'it wants `type` and `title` in each part of an allOf',
  'operation-description': 'a summary is enough where nothing more is to be said',
  'path-http-verbs-order': 'operations stand as the routes do',
  'path-segment-plural': 'the paths are fixed: some are the lesson’s',
  'paths-kebab-case': 'the paths are fixed: some are the lesson’s',
  'required-string-property-missing-min-length': 'patterns say it, and some texts may be empty',
  'scalar-property-missing-example': 'the words of an enum are its examples',
  'tags-alphabetical': 'rooms stand in the order in which one gets to them',
};

test('a linter finds nothing, with every rule it knows but those that say why not', async () => {
  const allowedValues = ['application/json', 'application/problem+json', 'text/xml'];
  const answers = [...allowedValues, 'text/event-stream', 'text/csv', 'application/gzip'];
  const config = await createConfig({
    extends: ['all'],
    rules: {
      'request-mime-type': { severity: 'error', allowedValues },
      'response-mime-type': { severity: 'error', allowedValues: answers },
    },
  });
  const problems = await lintFromString({ source, absoluteRef: 'docs/openapi.json', config });
  const found = problems.filter(({ ruleId }) => !(ruleId in unfollowed));
  const words = found.map(({ ruleId, message, location }) => [
    ruleId,
    message,
    location[0]?.pointer,
  ]);
  assert.deepEqual(words, []);
  const broken = new Set(problems.map(({ ruleId }) => ruleId));
  assert.deepEqual([...broken].sort(), Object.keys(unfollowed), 'a rule that is followed by now');
});

test('every member of every component says what it is', () => {
  const mute = (path: string, { properties = {}, ...schema }: Schema): string[] => {
    const own = (schema.description ?? schema.$ref) ? [] : [path];
    const members = Object.entries(properties);
    return [...own, ...members.flatMap(([name, part]) => mute(`${path}.${name}`, part))];
  };
  assert.deepEqual(
    Object.entries(components.schemas).flatMap(([name, schema]) => mute(name, schema)),
    [],
  );
});

/** Every object in a value, the value itself among them. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

/** What the document shows of one kind: each object in it that has this member. */
function shown<T extends z.ZodType>(type: T): z.output<T>[] {
  const examples = objectsIn(JSON.parse(source)).flatMap((media) =>
    'schema' in media && 'example' in media ? objectsIn(media.example) : [],
  );
  const found = examples.flatMap((one) => type.safeParse(one).data ?? []);
  assert.ok(found.length > 0);
  return found as z.output<T>[];
}

test('no example of a payment, a refund or an order says what cannot be', () => {
  for (const one of shown(Payment)) {
    const hasMoney = one.trade_state === 'SUCCESS' || one.trade_state === 'REFUND';
    assert.equal(one.pay_time !== null, hasMoney, JSON.stringify(one));
    assert.equal(one.transaction_id !== null, hasMoney, JSON.stringify(one));
    assert.equal(one.refund_fee > 0, one.trade_state === 'REFUND', JSON.stringify(one));
    assert.ok(!one.closing || one.trade_state === 'NOTPAY', JSON.stringify(one));
  }
  const [paid] = shown(Payment);
  for (const one of shown(Refund)) {
    assert.equal(one.success_time !== null, one.status === 'SUCCESS', JSON.stringify(one));
    assert.ok(one.create_time > (paid?.pay_time ?? ''), 'it was paid before it went back');
  }
  for (const one of shown(Order)) {
    assert.equal(one.payment_time !== null, one.status === '2', JSON.stringify(one));
    const sum = one.items.reduce((fen, { total_fee }) => fen + total_fee, 0);
    assert.equal(one.payment, sum);
  }
});

test('what changes something shows what it is afterwards', () => {
  const told = (path: string, status: string) => {
    const operation = paths[path]?.post as unknown as Documented | undefined;
    return operation?.responses[status]?.content['application/json'].example;
  };
  const of = (example: unknown, members: object) =>
    assert.deepEqual({ ...(example as object), ...members }, example);
  const close = '/api/payments/{out_trade_no}/close';
  of(told(close, '200'), { trade_state: 'CLOSED', closing: false });
  of(told(close, '202'), { trade_state: 'NOTPAY', closing: true });
  of(told('/api/anomalies/{anomaly_id}/resolve', '200'), { state: 'RESOLVED' });
  of(told('/api/deliveries/{event_id}/replay', '200'), { state: 'PENDING', tries: 0 });
  const [notice] = shown(NoticeV3).filter(({ event_type }) => event_type === 'REFUND.SUCCESS');
  assert.equal(notice?.resource.original_type, 'refund');
});

test('every message to the shop is shown, by its own schema and by an example that is one', () => {
  assert.deepEqual(Object.keys(told), deliveryTypes);
  for (const type of deliveryTypes) {
    const [media, ...others] = Object.values(told[type]?.post.requestBody.content ?? {});
    assert.deepEqual(others, []);
    assert.deepEqual(webhooks[type].parse(media?.example), media?.example);
    const file = JSON.parse(readFileSync(`docs/webhooks/${type}.schema.json`, 'utf8'));
    const validate = ajv.compile(file);
    assert.ok(validate(media?.example), ajv.errorsText(validate.errors));
    assert.ok(!validate({ ...(media?.example as object), type: 'another' }));
  }
});
