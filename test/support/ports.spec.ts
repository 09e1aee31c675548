import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from './ports';

const drawMany = `
  const { freePorts } = require(${JSON.stringify(require.resolve('./ports'))});
  freePorts(120).then((ports) => {
    process.stdout.write(JSON.stringify(ports));
    process.stdin.resume().on('end', () => process.exit());
  });`;

test('processes that draw ports at once are never given the same one', async () => {
  const others = Array.from({ length: 8 }, () =>
    promisify(execFile)(process.execPath, ['-e', drawMany], { timeout: 30_000 }),
  );
  // Each holds its ports until all have drawn, as suites that run side by side do.
  const drawn = Promise.all(
    others.map(({ child }) => new Promise((resolve) => child.stdout?.once('data', resolve))),
  );
  const mine = await freePorts(120);
  await drawn;
  for (const { child } of others) child.stdin?.end();
  const theirs = (await Promise.all(others)).flatMap(({ stdout }) => JSON.parse(stdout));
  const all = [...mine, ...theirs];
  assert.equal(all.length, 9 * 120);
  assert.equal(new Set(all).size, all.length);
});
