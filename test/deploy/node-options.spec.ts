import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from '../../scripts/docs/source-words';
import { youngMax } from '../support/processes';
import { projectRoot } from '../tidy/tree';

test('whatever starts a service tells Node how much young garbage may lie', () => {
  const units = readdirSync(join(projectRoot(), 'deploy/systemd')).filter((name) =>
    name.endsWith('.service'),
  );
  const starts = [
    ...textOf('Dockerfile').matchAll(/^CMD .*main\.js.*$/gm),
    ...units.flatMap((name) => [...textOf(`deploy/systemd/${name}`).matchAll(/^ExecStart=.*$/gm)]),
    ...textOf('scripts/start.mjs').matchAll(/^const nodeOptions = .*$/gm),
  ].map(([line]) => line);
  assert.equal(starts.length, 4 + units.length + 1);
  for (const line of starts) assert.ok(line.includes(youngMax), line);
});
