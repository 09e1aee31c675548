// `npm test`: checks types and style, builds into an empty dist, then runs every spec of it.
// `npm test -- test/journeys` builds, then runs only the specs whose path has one of these words.
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

const words = process.argv.slice(2);
if (words.length === 0) run('npm', 'run', '--silent', 'check');
// What was built from files that are gone must not be run.
rmSync('dist', { recursive: true, force: true });
run('npm', 'run', '--silent', 'build');
tellMissingParts();
const specs = ['dist/apps', 'dist/libs', 'dist/test']
  .flatMap(specsIn)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (specs.length === 0) {
  // Node would look for tests of its own choice.
  console.error(`No spec has ${words.join(' or ')} in its path.`);
  process.exit(1);
}
run(
  process.execPath,
  '--enable-source-maps',
  '--test',
  '--test-concurrency=2',
  `--test-timeout=${testMsMax}`,
  // Newer versions of Node have another form for programs that read along.
  `--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`,
  ...specs,
);
