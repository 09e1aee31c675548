// `npm test`: checks types and style, builds into an empty dist, then runs every spec of it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A test that hangs is ended after this. */
const testMsMax = 300_000;

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function specsIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true });
  return files.filter((file) => file.endsWith('.spec.js')).map((file) => join(folder, file));
}

/** Says what this machine lacks; where everything must be tested, that is a failure. */
function tellMissingParts() {
  const { missingParts } = createRequire(import.meta.url)('../dist/test/support/machine.js');
  const missing = missingParts();
  for (const part of missing) console.log(`${part} was not found: its tests do not run here.`);
  if (missing.length > 0 && process.env.CI === 'true') {
    console.error('With CI=true nothing may be missing.');
    process.exit(1);
  }
}

run('npm', 'run', '--silent', 'check');
// What was built from files that are gone must not be run.
rmSync('dist', { recursive: true, force: true });
run('npm', 'run', '--silent', 'build');
tellMissingParts();
run(
  process.execPath,
  '--enable-source-maps',
  '--test',
  '--test-concurrency=2',
  `--test-timeout=${testMsMax}`,
  ...['dist/apps', 'dist/libs', 'dist/test'].flatMap(specsIn),
);
