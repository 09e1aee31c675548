import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const apps = ['cart-gateway', 'order-service', 'pay-service', 'wechat-sandbox'] as const;

const read = (...path: string[]) => readFileSync(join(process.cwd(), ...path), 'utf8');
const names = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''));

/** The variables that .env.example sets, or shows with their default. */
const explained = names(read('.env.example'), /^(?:# )?([A-Z][A-Z0-9_]+)=/gm);
const readBy = (app: string) =>
  names(read('apps', app, 'src/config.ts'), /^ {2,4}([A-Z][A-Z0-9_]+): /gm);

for (const app of apps) {
  test(`.env.example explains every variable of ${app}`, () => {
    const read = [...readBy(app)].filter((name) => !name.startsWith('SANDBOX_'));
    assert.ok(read.length > 0);
    assert.deepEqual(
      read.filter((name) => !explained.has(name)),
      [],
    );
  });
}

test('docker-compose.yml has no secret of its own: each must be given', () => {
  const text = read('docker-compose.yml');
  const secrets = [...text.matchAll(/^ +\w*(?:(?<!RANDOM_ROOT_)PASSWORD|KEY|SECRET): (.*)$/gm)];
  assert.ok(secrets.length > 3);
  for (const [line, value] of secrets) assert.match(value ?? '', /^\$\{\w+:[?-]/, line);
});
