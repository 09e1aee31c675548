import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { rooms } from '../gateway.module';
import { Scene } from '../spec-kit';
import { OpenApi } from './openapi';

type Operation = { security: unknown[]; responses: Record<string, unknown> };
const { document } = new OpenApi(rooms);
const paths = document.paths as Record<string, Record<string, Operation>>;

test('docs/openapi.json is what the gateway serves', async (t) => {
  const committed = JSON.parse(readFileSync('docs/openapi.json', 'utf8'));
  const scene = await Scene.start(t);
  assert.deepEqual((await scene.ask('GET', '/openapi.json')).json(), committed);
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
    'post /api/session',
    'post /pay/notify',
    'post /pay/refundNotify',
  ]);
});
