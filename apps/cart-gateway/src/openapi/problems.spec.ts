import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { ErrorCode } from '@saoma/contracts/errors';
import type { Answer, Ask } from '../../../../test/support/http';
import { bearer, Scene, token } from '../spec-kit';

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly examples: object }>>;
}
interface Operation {
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, Response>>;
}

const { paths, components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: Record<string, Response> };
};
const problemType = 'application/problem+json';

/** The codes that the document says an operation can answer. */
function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ $ref }) => {
    const shared = components.responses[$ref?.split('/').at(-1) ?? ''];
    return Object.keys(shared?.content?.[problemType]?.examples ?? {});
  });
}

function codeOf({ headers, json }: Answer): string {
  const isProblem = headers.get('content-type')?.startsWith(problemType);
  return isProblem ? (json() as { code: string }).code : 'no problem';
}

const operator = (more = {}) =>
  bearer({ roles: ['operator', 'shop'] }).then((own) => ({ ...own, ...more }));
const json = { 'content-type': 'application/json' };

/** A request that is wrong in one way, and where it can be made. */
interface Wrong {
  readonly ask: Ask;
  readonly query?: string;
  readonly where?: 'with a body' | 'with JSON';
}

const wrongs: Partial<Record<ErrorCode, () => Promise<Wrong>>> = {
  'auth/required': async () => ({ ask: {} }),
  'auth/operator-only': async () => ({ ask: { headers: await bearer() }, query: '?user_id=1' }),
  'auth/read-only': async () => ({ ask: { headers: await bearer({ roles: ['auditor'] }) } }),
  'auth/role-needed': async () => ({
    ask: { headers: await bearer() },
    query: '?merchant_order_no=1',
  }),
  'auth/foreign-origin': async () => ({
    ask: { headers: { cookie: `saoma_session=${await token()}`, origin: 'https://evil.example' } },
  }),
  'request/invalid': async () => ({ ask: { headers: await operator() }, query: '?nonsense=1' }),
  'request/malformed': async () => ({
    ask: { headers: await operator(json), body: '{' },
    where: 'with JSON',
  }),
  'request/too-large': async () => ({
    ask: { headers: await operator(json), body: ' '.repeat(70_000) },
    where: 'with a body',
  }),
  'request/wrong-type': async () => ({
    ask: { headers: await operator({ 'content-type': 'text/plain' }), body: 'a' },
    where: 'with a body',
  }),
};

for (const [code, wrong] of Object.entries(wrongs)) {
  test(`${code} is answered exactly where the document says so`, async (t) => {
    const scene = await Scene.start(t, {}, { DEMO: 'true' });
    const { ask, query = '', where } = await wrong();
    for (const [template, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const isNotice = 'text/xml' in (operation.requestBody?.content ?? {});
        if (where && (method === 'get' || (where === 'with JSON' && isNotice))) continue;
        const path = template.replace(/\{.*?\}/g, '1') + query;
        const answer = codeOf(await scene.ask(method.toUpperCase(), path, ask));
        const isSaid = codesOf(operation).includes(code);
        assert.equal(answer === code, isSaid, `${method} ${path}: ${answer}`);
      }
    }
  });
}
