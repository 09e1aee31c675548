import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseEnv } from 'node:util';
import { textOf } from '../scripts/docs/source-words';
import { isSandboxOnly, services, variablesOf } from '../scripts/docs/variables';

const example = textOf('.env.example');

describe('.env.example', () => {
  /** The variables that it sets, or shows with their default. */
  const explained = new Set(
    [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]),
  );

  for (const [service, Config] of Object.entries(services)) {
    test(`explains every variable of ${service}`, () => {
      const read = variablesOf(service).filter((variable) => !isSandboxOnly(variable));
      assert.ok(read.length > 0);
      assert.deepEqual(
        read.filter(({ name }) => !explained.has(name)),
        [],
      );
    });

    test(`is all that ${service} needs to start`, () => {
      assert.doesNotThrow(() => new Config(parseEnv(example)));
    });
  }
});

test('docker-compose.yml has no secret of its own: each must be given', () => {
  const text = textOf('docker-compose.yml');
  const secrets = [...text.matchAll(/^ +\w*(?:(?<!RANDOM_ROOT_)PASSWORD|KEY|SECRET): (.*)$/gm)];
  assert.ok(secrets.length > 3);
  for (const [line, value] of secrets) assert.match(value ?? '', /^\$\{\w+:[?-]/, line);
});
