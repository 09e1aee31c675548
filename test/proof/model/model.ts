import { inspect } from 'node:util';
import fc from 'fast-check';
import { Lane } from '../lane/lane';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import { Ways } from '../ways';
import { play } from './play';
import { type Step, stepsOf } from './steps';
import { World } from './world';

const stepsPerRun = 30;
const runsOf = { whole: 300, share: 5 } as const;
/** The pay service is started anew for another way: so many runs have the same one. */
const runsPerWay = 8;
/** After a failure fast-check looks for a smaller one for so long. */
const shrinkMsMax = 60_000;
const env = { QR_WAIT_MS: '100' };

/**
 * A model-based search: random commands of one customer, a shop, an operator, WeChat and fate
 * against the whole system, safety after each, rest after all. `only` is the path of a failure that
 * fast-check printed; together with its seed and its way it is that failure again.
 */
export async function run({ seed, part, only, way }: SuiteOptions): Promise<SuiteResult> {
  const ways = new Ways(new Seeded(seed), way);
  const first = ways.draw();
  const lane = await Lane.start({ env: { 'cart-gateway': env, 'order-service': env }, way: first });
  const counts = { runs: 0, faults: 0, steps: 0 };
  let failedAtMs: number | undefined;
  const property = fc.asyncProperty(stepsOf(stepsPerRun), async (steps) => {
    if (failedAtMs !== undefined && Date.now() > failedAtMs + shrinkMsMax) return;
    if (counts.runs % runsPerWay === runsPerWay - 1) await lane.speaks(ways.draw());
    counts.runs += 1;
    ways.count(lane.system.way);
    counts.steps += steps.length;
    counts.faults += steps.filter((step) => isFault(step)).length;
    const broken = await runOf(lane, steps);
    if (broken.length === 0) return;
    failedAtMs ??= Date.now();
    throw new Error(`in ${lane.system.way}: ${broken.join('\n')}`);
  });
  try {
    const found = await fc.check(property, {
      seed,
      numRuns: only === undefined ? runsOf[part] : 1,
      ...(only !== undefined && { path: only, endOnFailure: true }),
    });
    const violations = found.failed ? [describe(found)] : [];
    const notes = [`seed ${seed}, ${counts.steps} commands`, ways.shares];
    return { suite: 'model', episodes: counts.runs, faults: counts.faults, violations, notes };
  } finally {
    await lane.stop();
  }
}

/** One run from an empty cart to rest, and what was broken in it. */
async function runOf(lane: Lane, steps: readonly Step[]): Promise<string[]> {
  const shop = await lane.system.shopper({ roles: ['shop'] });
  const world = new World(lane, await lane.system.shopper(), shop);
  try {
    for (const [index, step] of steps.entries()) {
      await play(world, step);
      const unsafe = await world.unsafe();
      if (unsafe.length > 0) return unsafe.map((line) => `after step ${index + 1}: ${line}`);
    }
    await lane.system.sandbox.forgetFaults();
    return await world.rest();
  } catch (error) {
    return [`${inspect(error, { depth: 3 })}\n${lane.order.lastWords()}`];
  } finally {
    await world.leave();
  }
}

const isFault = ({ do: what }: Step): boolean =>
  ['fault', 'notice fault', 'lie', 'flush', 'kill'].includes(what);

function describe(found: fc.RunDetails<[Step[]]>): string {
  const steps = found.counterexample?.[0] ?? [];
  const told = steps
    .filter((step) => step.do !== 'nothing')
    .map((step) => inspect(step, { depth: 4, breakLength: Number.POSITIVE_INFINITY }));
  const { seed, counterexamplePath, errorInstance } = found;
  return `seed ${seed}, path ${counterexamplePath}: ${told.join('; ')}\n${errorInstance}`;
}
