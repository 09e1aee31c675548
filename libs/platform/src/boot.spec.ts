import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Child } from '../../../test/support/child';
import { until } from '../../../test/support/until';

/** A service whose parts are these expressions, as a process of its own. */
function service(parts: { start?: string; close?: string }): Child {
  const { start = '0', close = '0' } = parts;
  // It says that it has started only after a turn: by then it listens to signals.
  const program = `
    require(${JSON.stringify(join(__dirname, 'boot.js'))}).boot(
      'small', class { LOG_LEVEL = 'info'; about = { dialect: 'v2' } },
      async (_config, log) => {
        await null; log.info('started'); ${start}; return { close: async () => ${close} };
      },
    );
    setInterval(() => 0, 1000);`;
  return new Child({ name: 'small', file: process.execPath, args: ['-e', program] });
}

const says = (child: Child, words: string) =>
  until(`"${words}"`, () => child.lines.some((line) => line.includes(words)));

describe('a service as a process', () => {
  test('ends cleanly at a signal', async () => {
    const child = service({});
    await says(child, 'started');
    assert.equal(await child.end('SIGTERM'), 0);
  });

  test('says first of all which release it is', async () => {
    const child = service({});
    await says(child, 'started');
    const { msg, version, dialect } = JSON.parse(child.lines[0] ?? '');
    const { version: own } = JSON.parse(readFileSync('package.json', 'utf8'));
    assert.deepEqual([msg, version, dialect], ['starting', own, 'v2']);
    await child.end('SIGTERM');
  });

  test('a signal during the start ends it at once, whatever the start waits for', async () => {
    const child = service({ start: 'await new Promise(() => 0)' });
    await says(child, 'started');
    assert.equal(await child.end('SIGTERM'), 0);
    assert.ok(!child.lines.some((line) => line.includes('cut short')));
  });

  test('a second signal ends a stop that hangs at once', async () => {
    const child = service({ close: 'new Promise(() => 0)' });
    await says(child, 'started');
    child.signal('SIGTERM');
    await says(child, 'stopping');
    assert.equal(await child.end('SIGINT'), 1);
    assert.ok(!child.lines.some((line) => line.includes('cut short')));
  });

  test('a stop that hangs is cut short', async () => {
    const child = service({ close: 'new Promise(() => 0)' });
    await says(child, 'started');
    assert.equal(await child.end('SIGTERM'), 1);
    assert.ok(child.lines.some((line) => line.includes('work in flight was cut short')));
  });

  const failures = {
    'an error that nobody caught': 'setImmediate(() => { throw new Error("why") })',
    'a promise that nobody caught': 'setImmediate(() => Promise.reject(new Error("why")))',
    'a start that fails': 'throw new Error("why")',
  };
  for (const [what, start] of Object.entries(failures)) {
    test(`${what} is logged and ends it`, async () => {
      const child = service({ start });
      assert.equal(await child.exits(), 1);
      const fatal = child.lines.filter((line) => line.includes('"level":60'));
      assert.equal(fatal.length, 1);
      assert.match(fatal[0] ?? '', /"message":"why"/);
    });
  }
});
