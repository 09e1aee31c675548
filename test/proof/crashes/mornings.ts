import { expected } from '../../support/http';
import { sumOf } from '../invariants/ledger-view';
import { aDay } from '../lane/day';
import { numbersOf } from '../lane/dealings';
import type { Lane } from '../lane/lane';
import { Morning } from '../lane/morning';

/** Deaths on the mornings after: how many, and what was broken. */
export interface Mornings {
  readonly days: number;
  readonly deaths: number;
  readonly faults: number;
  readonly violations: readonly string[];
}

/** A moment between two steps of a comparison with a bill. */
export const billMoments = [
  'bill.held',
  'bill.healed',
  'bill.committed',
  'bill.precommit',
] as const;
type Moment = (typeof billMoments)[number];

/** A comparison of such a day has no more steps. */
const stepsMax = 40;
/** Each so manieth death kills the database as well, and the process that recovers, too. */
const databaseEvery = 4;
const againEvery = 3;

/**
 * Day after day the order service dies in the comparison with the bill, each time a step later,
 * until there is no further step: each time it goes on where it stopped, and does nothing twice.
 */
export async function dieThrough(lane: Lane, moment: Moment): Promise<Mornings> {
  const all: Mornings[] = [];
  for (let nth = 1; nth <= stepsMax; nth += 1) {
    const morning = await dieOnce(lane, { moment, nth });
    all.push(morning);
    if (morning.deaths === 0 || morning.violations.length > 0) return together(all);
  }
  const { violations, ...sums } = together(all);
  return { ...sums, violations: [...violations, `${moment}: it has no end`] };
}

/** One day, and a death at this passing of the moment on the morning after. */
export async function dieOnce(
  lane: Lane,
  { moment, nth }: { readonly moment: Moment; readonly nth: number },
): Promise<Mornings> {
  const trap = { moment, nth, action: 'die' } as const;
  let [deaths, faults] = [0, 0];
  try {
    const numbers = numbersOf(await aDay(lane));
    lane.order.process.arm(trap);
    const morning = await Morning.comes(lane);
    const isOver = morning.asks().then(() => morning.isOver());
    // A failure is told to the code that waits for it, and until then to nobody.
    isOver.catch(() => undefined);
    let unsafe: string[] = [];
    while (await isDead(lane, isOver)) {
      deaths += 1;
      unsafe = [...unsafe, ...(await lane.unsafe())];
      const killsDatabase = nth % databaseEvery === 0;
      if (killsDatabase) await lane.killDatabase();
      faults += killsDatabase ? 2 : 1;
      await lane.order.startNext(deaths === 1 && nth % againEvery === 0 ? trap : undefined);
    }
    lane.order.process.arm(null);
    const restless = await lane.rest(numbers);
    const broken = [...unsafe, ...restless, ...(await morning.broken())];
    const violations = broken.map((line) => `${moment} ${nth}: ${line}`);
    return { days: 1, deaths, faults, violations };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const words = `${moment} ${nth}: ${error} (${cause})\n${lane.order.lastWords()}`;
    return { days: 1, deaths, faults, violations: [words] };
  } finally {
    if (!lane.order.isAlive) await lane.order.startNext();
    lane.order.process.arm(null);
  }
}

/** It may die in the very step that is the last one: who answers after that lives. */
async function isDead(lane: Lane, isOver: Promise<void>): Promise<boolean> {
  const ended = lane.order.process.ended.then(() => true);
  const answers = async () => expected(200, await lane.operator.ask('GET', '/api/reconciliations'));
  const lives = isOver.then(() => lane.persist(answers)).then(() => false);
  // A failure of that which has lost the race is nobody's.
  lives.catch(() => undefined);
  return Promise.race([ended, lives]);
}

export const together = (all: readonly Mornings[]): Mornings => ({
  days: sumOf(all, ({ days }) => days),
  deaths: sumOf(all, ({ deaths }) => deaths),
  faults: sumOf(all, ({ faults }) => faults),
  violations: all.flatMap(({ violations }) => violations),
});
