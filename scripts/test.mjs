// `npm test`: checks types and style and builds into an empty dist, then runs every spec of it.
// `npm test -- test/journeys` builds, then runs only the specs whose path has one of these words.
// In the end it tells which files took longest.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

/** A test that hangs is ended after this. */
const testMsMax = 300_000;
/** So many files run at once: about half of the time of most is waiting. */
const filesAtOnce = 3;
/** What takes longest begins first, so that no processor is idle in the end. */
const firstToLast = ['test/proof', 'crash', 'test/pages', 'browser', 'test/journeys'];
const filesTold = 10;

/** Runs a script of package.json and gives its exit code; what it says is said in one piece. */
async function script(name) {
  const child = spawn('npm', ['run', '--silent', name]);
  const said = [];
  child.stdout.on('data', (text) => said.push(text));
  child.stderr.on('data', (text) => said.push(text));
  const code = await new Promise((done) => child.once('close', done));
  process.stdout.write(Buffer.concat(said));
  return code ?? 1;
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

function specsIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true });
  return files.filter((file) => file.endsWith('.spec.js')).map((file) => join(folder, file));
}

function rank(file) {
  const place = firstToLast.findIndex((word) => file.includes(word));
  return place === -1 ? firstToLast.length : place;
}

/** Runs the files and gives how long each took, in milliseconds. */
async function test(files) {
  const took = new Map();
  const running = run({ files, concurrency: filesAtOnce, timeout: testMsMax });
  running.on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  });
  running.on('test:complete', ({ name, nesting, file, details }) => {
    if (nesting === 0 && resolve(name) === file) took.set(file, details.duration_ms);
  });
  // Newer versions of Node have another form for programs that read along.
  const told = running.compose(process.stdout.isTTY ? new spec() : tap);
  for await (const text of told) process.stdout.write(text);
  return took;
}

const words = process.argv.slice(2);
// What was built from files that are gone must not be run.
rmSync('dist', { recursive: true, force: true });
const checks = ['check:types', 'check:style', 'check:imports', 'check:dead'];
const codes = await Promise.all(['build', ...(words.length === 0 ? checks : [])].map(script));
const failed = codes.find((code) => code !== 0);
if (failed !== undefined) process.exit(failed);
tellMissingParts();
const specs = ['dist/apps', 'dist/libs', 'dist/test']
  .flatMap(specsIn)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort((a, b) => rank(a) - rank(b))
  .map((file) => resolve(file));
if (specs.length === 0) {
  // Node would look for tests of its own choice.
  console.error(`No spec has ${words.join(' or ')} in its path.`);
  process.exit(1);
}
const took = [...(await test(specs))].sort(([, a], [, b]) => b - a).slice(0, filesTold);
for (const [file, ms] of took) {
  const seconds = (ms / 1_000).toFixed(1).padStart(6);
  console.log(`# ${seconds} s  ${relative('dist', file).replace(/js$/, 'ts')}`);
}
