import { join } from 'node:path';
import { run as runTests } from 'node:test';
import type { Stores } from '../../support/store-servers';
import { ways as everyWay, type Way } from '../../support/wechat';
import type { SuiteOptions, SuiteResult } from '../suite';

/** The journeys of money, by the names of their specs, the longest first. */
export const journeys = ['crash', 'money-back', 'notices', 'closing', 'shop-orders', 'lesson'];
/** Each of its tests kills something, at least once. */
const deadly = 'crash';
const filesAtOnce = 2;

interface Played {
  readonly journey: string;
  readonly way: Way;
}

/**
 * The journeys that `npm test` makes in v2 and one way of v3, in every way, on MariaDB and Redis:
 * each test counts as an episode. `only` is the name of one journey.
 */
export async function run({ only, way }: SuiteOptions): Promise<SuiteResult> {
  const chosen = journeys.filter((name) => only === undefined || name === only);
  return playOn('mariadb+redis', chosen, way ? [way] : everyWay);
}

/** Each of the journeys on these stores, in each of the ways. */
export async function playOn(
  stores: Stores,
  chosen: readonly string[],
  ways: readonly Way[],
): Promise<SuiteResult> {
  process.env.JOURNEY_STORES = stores;
  process.env.JOURNEY_WAYS = ways.join(',');
  const { played, broken } = await play(chosen);
  const missing = chosen.flatMap((journey) =>
    ways
      .filter((one) => !played.some((each) => each.journey === journey && each.way === one))
      .map((one) => `${journey} was not made in ${one}`),
  );
  const count = (one: Way) => played.filter((each) => each.way === one).length;
  return {
    suite: 'journeys',
    episodes: played.length,
    faults: played.filter(({ journey }) => journey === deadly).length,
    violations: [...broken, ...missing],
    notes: [`tests by way: ${ways.map((one) => `${one} ${count(one)}`).join(', ')}`],
  };
}

/** Runs the specs, each as a process of its own, and listens to how every test of them ends. */
async function play(names: readonly string[]): Promise<{ played: Played[]; broken: string[] }> {
  const files = names.map((name) => join(__dirname, '../../journeys', `${name}.spec.js`));
  const end = new AbortController();
  // What is still running ends with this process.
  process.once('exit', () => end.abort());
  const played: Played[] = [];
  const broken: string[] = [];
  // They come as they are declared, one file after the other, whichever runs.
  let group = '';
  const tests = runTests({ files, concurrency: filesAtOnce, signal: end.signal });
  for await (const { type, data } of tests) {
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue;
    const { file = '', name, nesting } = data;
    if (nesting === 0) group = name;
    if (type === 'test:start') continue;
    const isSuite = data.details.type === 'suite';
    const journey = names.find((each) => file.endsWith(`${each}.spec.js`));
    const way = everyWay.find((each) => group.includes(`, in ${each},`));
    if (!isSuite && journey && way) played.push({ journey, way });
    const why = data.skip === undefined ? whyFailed(data) : 'it is skipped';
    if (why !== undefined) broken.push(`${group}: ${name}: ${why}`);
  }
  return { played, broken };
}

interface Ended {
  readonly details: { readonly error?: Error & { readonly failureType?: string } };
}

/** Undefined: it passed, or only because tests in it failed, which are told themselves. */
function whyFailed({ details: { error } }: Ended): string | undefined {
  if (!error || error.failureType === 'subtestsFailed') return undefined;
  return `${error.cause ?? error}`;
}
