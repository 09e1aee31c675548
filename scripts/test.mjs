// `npm test`: checks types and style and builds into an empty dist, then runs every spec of it.
// `npm test -- test/journeys` builds, then runs only the specs whose path has one of these words.
// In the end it tells which files took longest and what failed, where a reader of a long log looks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';
import { inspect } from 'node:util';

/** A test that hangs is ended after this; on Node 20, all that run in its process together. */
const testMsMax = 900_000;
/** So many processes run tests at once: each waits for about half of its time. */
const processesMax = 3;
/**
 * Files that run one after the other in one process, and share what is slow to start: servers,
 * systems, a browser. Those that want the same system stand side by side.
 */
const together = [
  ['pages/accessibility', 'pages/shop-page', 'pages/pay-page', 'journeys/browser'],
  ['test/pages/'],
  ['journeys/bills', 'journeys/next-morning'],
  // Each packs the client, in its own folder.
  ['journeys/client.spec', 'journeys/client-examples', 'journeys/till'],
  ['apps/order-service/'],
  // To load what they test takes them longer than to test it.
  ['apps/wechat-sandbox/'],
  ['apps/pay-service/'],
];
/** What takes longest begins first, so that no processor is idle in the end. */
const firstToLast = ['test/proof', 'crash', 'together', 'test/journeys'];
const filesTold = 12;

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

/**
 * Writes down what each service compiles. Else its first process does when it ends: more than a
 * thousand files, for which a test that stops it would wait beside others that write.
 */
async function warm() {
  // All of it is loaded before the environment is refused.
  const env = { ...process.env, LOG_LEVEL: 'none' };
  const ends = readdirSync('dist/apps').map((app) => {
    const main = join('dist/apps', app, 'src/main.js');
    return once(spawn(process.execPath, [main], { env, stdio: 'ignore' }), 'close');
  });
  await Promise.all(ends);
}

/** One file that loads the others, each as a group of its own name. */
function loader(number, files) {
  const file = join('dist', `together-${number}.js`);
  const lines = files.map(
    (each) => `describe('${each}', () => { require('./${relative('dist', each)}'); });`,
  );
  // What is shared lives as long as the process, not as the first file that asks for it.
  const first = "require('./test/support/at-end.js');\nconst { describe } = require('node:test');";
  writeFileSync(file, [first, ...lines].join('\n'));
  return file;
}

/** What runs in one process each, the longest first. */
function processesOf(specs) {
  const left = new Set(specs);
  const groups = together.map((words, index) => {
    const files = words.flatMap((word) => [...left].filter((file) => file.includes(word)));
    for (const file of files) left.delete(file);
    return files.length > 1 ? [loader(index + 1, files)] : files;
  });
  const rank = (file) => {
    const place = firstToLast.findIndex((word) => file.includes(word));
    return place === -1 ? firstToLast.length : place;
  };
  return [...groups.flat(), ...left].sort((a, b) => rank(a) - rank(b));
}

/**
 * Runs the files and gives how long each of the specs took, in milliseconds, and what failed and
 * why. A suite that failed only since a test of it did is told by that test.
 */
async function test(files, specs) {
  const took = new Map();
  const failures = [];
  const running = run({
    files: files.map((file) => resolve(file)),
    concurrency: processesMax,
    timeout: testMsMax,
    // What a failed test has left open would keep its process until then. Of no effect on Node 20.
    execArgv: ['--test-force-exit'],
  });
  running.on('test:fail', ({ name, file = '', todo, details: { error } }) => {
    if (todo !== undefined && todo !== false) return;
    process.exitCode = 1;
    if (error.failureType === 'subtestsFailed') return;
    failures.push(`${relative('dist', file)}: ${name}\n${inspect(error.cause ?? error)}`);
  });
  running.on('test:complete', ({ name, nesting, details }) => {
    const file = relative('.', resolve(name));
    if (nesting === 0 && specs.includes(file)) took.set(file, details.duration_ms);
  });
  // Newer versions of Node have another form for programs that read along.
  const told = running.compose(process.stdout.isTTY ? new spec() : tap);
  for await (const text of told) process.stdout.write(text);
  return { took, failures };
}

const words = process.argv.slice(2);
// What was built from files that are gone must not be run.
rmSync('dist', { recursive: true, force: true });
const checks = ['check:types', 'check:style', 'check:imports', 'check:dead'];
const codes = await Promise.all(['build', ...(words.length === 0 ? checks : [])].map(script));
const failed = codes.find((code) => code !== 0);
if (failed !== undefined) process.exit(failed);
tellMissingParts();
// Of no effect before Node 22.
process.env.NODE_COMPILE_CACHE ??= resolve('dist/compile-cache');
await warm();
const specs = ['dist/apps', 'dist/libs', 'dist/packages', 'dist/test']
  .flatMap(specsIn)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (specs.length === 0) {
  // Node would look for tests of its own choice.
  console.error(`No spec has ${words.join(' or ')} in its path.`);
  process.exit(1);
}
const { took, failures } = await test(processesOf(specs), specs);
const slowest = [...took].sort(([, a], [, b]) => b - a).slice(0, filesTold);
for (const [file, ms] of slowest) {
  const seconds = (ms / 1_000).toFixed(1).padStart(6);
  console.log(`# ${seconds} s  ${relative('dist', file).replace(/js$/, 'ts')}`);
}
for (const failure of failures) console.log(`# FAILED ${failure.replaceAll('\n', '\n#   ')}`);
