import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { hasFaketime } from '../../support/machine';
import { until, within } from '../../support/until';
import { type Dealing, deal, numbersOf } from '../lane/dealings';
import { Lane } from '../lane/lane';
import { stillStands } from '../scenarios/kit';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import { clockSteps, type Trouble, troubles } from '../troubles';
import { Ways } from '../ways';
import { billMoments, dieOnce, dieThrough, type Mornings, together } from './mornings';
import { type Episode, everyMoment, type Harm, planOf } from './plan';

const lanesMax = 2;
/** A death on a morning takes as long as so many episodes, which another lane plays meanwhile. */
const episodesLeft = 3;
/** Of a comparison, there are at least so many. */
const stepsInShare = 10;
const episodeMsMax = 60_000;
/** So long a trouble outlives the order service that died in it. */
const troubleMs = 1_500;

interface Outcome {
  /** Whether the harm was done; an episode without harm proves nothing and is not counted. */
  readonly harmed: boolean;
  readonly faults: number;
  readonly violations: readonly string[];
}

/**
 * The crash harness: over real processes and a real database, the order service dies at every crash
 * point, or a connection is cut, while customers go on asking. Whatever happened, both books must
 * be safe at that moment and come to rest afterwards.
 */
export async function run(options: SuiteOptions): Promise<SuiteResult> {
  const plan = planOf(options);
  const queue = [...plan];
  const deathsOnMornings = deathsOf(options);
  const outcomes = new Map<Episode, Outcome>();
  const mornings: Mornings[] = [];
  const count = Math.min(lanesMax, plan.length + deathsOnMornings.length);
  const leftByFirst = count > 1 && deathsOnMornings.length > 0 ? episodesLeft : 0;
  const lanes = Array.from({ length: count }, async (_, index) => {
    const left = index === 0 ? leftByFirst : 0;
    const lane = await Lane.start(plan[0] && { way: plan[0].way });
    try {
      while (queue.length > left) {
        const next = queue.shift() as Episode;
        outcomes.set(next, await play(lane, next));
      }
      // The first of these days is also that of all that was played before.
      for (let die = deathsOnMornings.shift(); die; die = deathsOnMornings.shift()) {
        mornings.push(await die(lane));
      }
    } finally {
      await lane.stop();
    }
  });
  await Promise.all(lanes);
  return resultOf(options, outcomes, mornings);
}

type Die = (lane: Lane) => Promise<Mornings>;

/** In the whole proof at every step of a comparison, in `npm test` at one that the seed draws. */
function deathsOf({ seed, part, only }: SuiteOptions): Die[] {
  if (!hasFaketime) return [];
  const chosen = billMoments.filter((moment) => only === undefined || only === moment);
  if (part === 'whole') return chosen.map((moment) => (lane) => dieThrough(lane, moment));
  const nth = 1 + new Seeded(seed).below(stepsInShare);
  return [(lane) => dieOnce(lane, { moment: 'bill.committed', nth })];
}

function resultOf(
  { seed }: SuiteOptions,
  outcomes: ReadonlyMap<Episode, Outcome>,
  mornings: readonly Mornings[],
): SuiteResult {
  const harmed = [...outcomes].filter(([, { harmed }]) => harmed);
  const reached = harmed.flatMap(([{ harm }]) => ('moment' in harm ? [harm.moment] : []));
  const planned = [...outcomes.keys()].map(({ harm }) => ('moment' in harm ? harm.moment : ''));
  const missed = everyMoment.filter(
    (moment) => planned.includes(moment) && !reached.includes(moment),
  );
  const broken = [...outcomes].flatMap(([episode, { violations }]) =>
    violations.map((line) => `seed ${seed}, episode ${show(episode)}: ${line}`),
  );
  const ways = new Ways(new Seeded(seed));
  for (const [{ way }] of harmed) ways.count(way);
  const changes = harmed.filter(([{ changesTo }]) => changesTo !== undefined);
  const inTrouble = harmed.filter(([{ trouble }]) => trouble !== undefined);
  const onMornings = together(mornings);
  const quiet = mornings.filter(({ deaths, violations }) => deaths + violations.length === 0);
  const idle = [...outcomes].filter(([, outcome]) => !outcome.harmed);
  return {
    suite: 'crashes',
    episodes: harmed.length + onMornings.days,
    faults: [...outcomes.values()].reduce((sum, { faults }) => sum + faults, onMornings.faults),
    violations: [
      ...broken,
      ...missed.map((moment) => `never reached: ${moment}`),
      ...quiet.map(() => 'never reached: a step of a comparison with a bill'),
      ...onMornings.violations.map((line) => `seed ${seed}, ${line}`),
    ],
    notes: [
      ...idle.map(([episode]) => `idle: ${show(episode)}`),
      `${ways.shares}; ${changes.length} change-overs, ${inTrouble.length} in a trouble`,
      `${onMornings.deaths} deaths in a comparison with a bill, on ${onMornings.days} days`,
    ],
  };
}

function show({ number, story, harm, way, changesTo, trouble }: Episode): string {
  const how = inspect(harm, { breakLength: Number.POSITIVE_INFINITY });
  const more = `${changesTo ? `, then ${changesTo}` : ''}${trouble ? `, while ${trouble}` : ''}`;
  return `${number}, ${story}, in ${way}${more}, ${how}`;
}

async function play(lane: Lane, episode: Episode): Promise<Outcome> {
  let dealing: Dealing | undefined;
  try {
    await lane.speaks(episode.way);
    const harming = await harmDuring(lane, episode);
    dealing = deal(lane, episode.story, episode.origins);
    const changed = episode.changesTo && lane.speaks(episode.changesTo);
    const { faults, unsafe } = await harming(dealing);
    await Promise.all([within('the customers', dealing.done, episodeMsMax), changed]);
    lane.order.process.arm(null);
    const restless = await lane.rest(numbersOf(dealing.customers));
    return { harmed: faults > 0, faults, violations: [...unsafe, ...restless] };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const words = `${error}${cause ? ` (${cause})` : ''}\n${lane.order.lastWords()}`;
    return { harmed: true, faults: 0, violations: [words] };
  } finally {
    await dealing?.done.catch(() => undefined);
    await stillStands(lane);
  }
}

interface Harmed {
  readonly faults: number;
  readonly unsafe: readonly string[];
}
type Harming = (dealing: Dealing) => Promise<Harmed>;
type CrashHarm = Extract<Harm, { kind: 'crash' }>;

/** Prepares the harm before the story begins; what it gives does the rest during it. */
async function harmDuring(lane: Lane, episode: Episode): Promise<Harming> {
  const { harm, killsDatabase } = episode;
  if (harm.kind === 'crash' && episode.trouble !== undefined) {
    return crashInTrouble(lane, harm, episode.trouble);
  }
  if (harm.kind === 'crash') {
    const trap = { moment: harm.moment, nth: harm.nth, action: 'die' } as const;
    lane.order.process.arm(trap);
    return (dealing) =>
      crash(lane, { dealing, killsDatabase, next: harm.again ? trap : undefined });
  }
  const link = lane.system.link(harm.link);
  const before = link.cuts;
  if (harm.kind === 'cut') link.cutAfter(harm.nth);
  else lane.order.process.arm({ moment: harm.moment, nth: 1, action: 'wait' });
  return async (dealing) => {
    if (harm.kind === 'lost answer') await loseAnswer(lane, harm, dealing);
    if (killsDatabase) await lane.killDatabase();
    await within('the customers', dealing.done, episodeMsMax);
    const cuts = link.cuts - before;
    return { faults: cuts + (cuts > 0 && killsDatabase ? 1 : 0), unsafe: await lane.unsafe() };
  };
}

interface Crash {
  readonly dealing: Dealing;
  readonly killsDatabase: boolean;
  readonly next: { moment: string; nth: number; action: 'die' } | undefined;
}

/** Waits for the death, looks at the books while nobody is there, and lets the next one start. */
async function crash(lane: Lane, { dealing, killsDatabase, next }: Crash): Promise<Harmed> {
  const { done } = dealing;
  const ended = lane.order.process.ended.then(() => 'dead' as const);
  const quiet = done.then(() => 'done' as const);
  quiet.catch(() => undefined);
  if ((await Promise.race([ended, quiet])) === 'done') {
    // A crash point that lies behind what the customer waits for is passed soon after.
    if (!(await lane.happensSoon(ended, numbersOf(dealing.customers))))
      return { faults: 0, unsafe: [] };
  }
  const unsafe = await lane.unsafe();
  if (killsDatabase) await lane.killDatabase();
  await lane.order.startNext(next);
  const faults = killsDatabase ? 2 : 1;
  if (!next) return { faults, unsafe };
  const more = await crash(lane, { dealing, killsDatabase: false, next: undefined });
  return { faults: faults + more.faults, unsafe: [...unsafe, ...more.unsafe] };
}

/**
 * The order service stands at the moment while a trouble begins, dies in it, and the next one
 * starts in it. A clock has been wrong since before the story, and is set right at the moment.
 */
async function crashInTrouble(
  lane: Lane,
  { moment, nth }: CrashHarm,
  name: string,
): Promise<Harming> {
  const trouble = troubles[name];
  if (!trouble) throw new Error(`there is no trouble ${name}`);
  const setRight = name in clockSteps ? await wrongClock(lane, trouble) : undefined;
  const { process } = lane.order;
  process.arm({ moment, nth, action: 'wait' });
  return async (dealing) => {
    if (!(await standsAt(lane, moment, dealing))) {
      await setRight?.();
      return { faults: 0, unsafe: [] };
    }
    const heal = setRight ?? (await trouble.befall(lane.system));
    await setRight?.();
    await process.end('SIGKILL');
    const [unsafe] = await Promise.all([
      // Strangers may hold the last connection of the database for a moment.
      lane.persist(() => lane.unsafe()),
      lane.order.startNext(),
      pause(troubleMs).then(heal),
    ]);
    return { faults: 2, unsafe };
  };
}

/** Sets the clock and waits until that is noticed: payments made before would be over too early. */
async function wrongClock({ order, system }: Lane, { befall, log }: Trouble) {
  const told = () => order.process.log.filter((line) => log?.line.test(line)).length;
  const before = told();
  const setRight = await befall(system);
  await until('the clock to be noticed', () => told() > before);
  return setRight;
}

/** Whether the order service stands at the moment, even if that comes after the story's end. */
async function standsAt(lane: Lane, moment: string, { done, customers }: Dealing) {
  const reached = lane.order.process.at(moment, episodeMsMax);
  // A moment that never comes leaves an episode without harm.
  reached.catch(() => undefined);
  const later = done.then(() => lane.happensSoon(reached, numbersOf(customers)));
  return Promise.race([reached.then(() => true), later]);
}

/** Waits for the moment, even if it comes after what the customers wait for. */
async function loseAnswer(
  lane: Lane,
  { moment, link }: Extract<Harm, { kind: 'lost answer' }>,
  dealing: Dealing,
): Promise<void> {
  const { process } = lane.order;
  const reached = process.at(moment, episodeMsMax);
  // A moment that never comes leaves an episode without harm.
  reached.catch(() => undefined);
  const later = dealing.done.then(() => lane.happensSoon(reached, numbersOf(dealing.customers)));
  await Promise.race([reached, later]);
  const proxy = lane.system.link(link);
  const cut = proxy.cutNextAnswer();
  process.goOn();
  await Promise.race([cut, later]);
}
