import { journeys, playOn } from '../journeys/journeys';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import { Ways } from '../ways';
import { stories } from './stories';
import { strikes } from './strikes';
import { type Episode, Trial } from './trial';

/** What is struck once more, at another moment. */
const twice = /^kill /;
/** What `npm test` has time for. */
const sharedEpisode = 'kill order service 0';

/**
 * Two of everything: the journeys of money, then one strike after the other, while customers come
 * all the time and one payer waits. Episodes begin where the one before has left the town; `only`
 * plays one, or one journey, alone.
 */
export async function run({ seed, only, way, part }: SuiteOptions): Promise<SuiteResult> {
  const random = new Seeded(seed);
  const spoken = new Ways(random, way).draw();
  const isChosen = (name: string) => (only ?? name) === name;
  const all = everyEpisode(random).filter(({ name }) => isChosen(name));
  const chosen = part === 'whole' ? all : all.filter(({ name }) => name === sharedEpisode);
  const names = part === 'whole' ? journeys.filter(isChosen) : [];
  const results = [];
  if (names.length > 0) results.push(await playOn('galera+sentinel', names, [spoken]));
  if (chosen.length > 0) results.push(await Trial.of(chosen, spoken));
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
  return {
    suite: 'machines',
    episodes: sum(results.map(({ episodes }) => episodes)),
    faults: sum(results.map(({ faults }) => faults)),
    violations: results.flatMap(({ violations }) => violations),
    notes: [`seed ${seed}, in ${spoken}`, ...results.flatMap(({ notes }) => notes)],
  };
}

function everyEpisode(random: Seeded): Episode[] {
  const again = strikes.filter(({ name }) => twice.test(name));
  const all = [
    ...Object.entries(stories).map(([name, play]) => ({ name, play })),
    ...strikes.map((play) => ({ name: play.name, play })),
    ...again.map((play) => ({ name: `${play.name}, again`, play })),
  ];
  return all.map((each) => ({ ...each, seed: random.below(1_000_000) }));
}
