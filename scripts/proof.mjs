// `npm run proof`: builds, runs every suite of test/proof whole, and prints one table. Options:
// --seed N (else drawn and printed), --suite NAME, --only PART (an episode, a scenario, a journey,
// a bug), --way WAY (how WeChat is spoken with, such as "v3 both"; else the seed draws).
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import './ends-with-npm.mjs';

const suiteMsMax = 1_800_000;
const suites = [
  'scenarios',
  'journeys',
  'crashes',
  'interleavings',
  'model',
  'soak',
  'machines',
  'upgrade',
];
const plantedBugs = 'planted bugs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    suite: { type: 'string' },
    only: { type: 'string' },
    way: { type: 'string' },
  },
});
const seed = Number(values.seed ?? randomInt(1_000_000));
const { only, way } = values;
const options = { seed, part: 'whole', ...(only && { only }), ...(way && { way }) };
const chosen = [...suites, plantedBugs].filter((name) => !values.suite || name === values.suite);

function build() {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** A suite that fails to run has proved nothing: that is a violation of its own. */
async function attempt(name, work) {
  const startedMs = performance.now();
  let result;
  try {
    result = await work();
  } catch (error) {
    const violations = [`did not run to its end: ${error}`];
    result = { suite: name, episodes: 0, faults: 0, violations, notes: [] };
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`${name}: ${result.violations.length} violations, ${seconds} s`);
  for (const line of result.violations) console.error(`BROKEN, ${name}: ${line}`);
  return { ...result, seconds };
}

function row({ suite, episodes, faults, violations, seconds }) {
  const caught = suite === plantedBugs ? `${episodes - violations.length} of ${episodes}` : '';
  const planted = suite === plantedBugs;
  return {
    suite,
    episodes,
    faults,
    violations: violations.length,
    'planted bugs caught': planted ? caught : '',
    seconds,
    seed,
  };
}

build();
const require = createRequire(import.meta.url);
const { Tree } = require('../dist/test/proof/tree.js');
const planted = require('../dist/test/proof/planted.js');
console.log(`seed ${seed}`);
const tree = Tree.make();
/** The latest release is built out of the history, which no copy has. */
const treeOf = (name) => (name === 'upgrade' ? Tree.project() : tree);
const results = [];
for (const name of chosen) {
  const suite = () => treeOf(name).suite(name, options, suiteMsMax);
  const work = name === plantedBugs ? () => planted.run(tree, options) : suite;
  results.push(await attempt(name, work));
}
for (const { suite, notes } of results) {
  for (const note of notes) console.log(`${suite}: ${note}`);
}
console.table(results.map(row));
const isNothing = results.every(({ episodes }) => episodes === 0);
if (isNothing) console.error('Nothing has that name: nothing was played, and nothing proved.');
process.exit(isNothing || results.some(({ violations }) => violations.length > 0) ? 1 : 0);
