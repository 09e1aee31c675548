import { hasFaketime } from '../../support/machine';
import type { Way } from '../../support/wechat';
import { deal, numbersOf, type StoryName, stories } from '../lane/dealings';
import { Lane, type LaneOptions } from '../lane/lane';
import { Morning } from '../lane/morning';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import { Ways } from '../ways';
import { scenariosOfBills } from './bills';
import { scenariosOfChangeOvers } from './change-over';
import { scenariosOfCrashes } from './crashes';
import { scenariosOfFloods } from './floods';
import { scenariosOfForgeries } from './forgeries';
import { type Scenario, stillStands, watched } from './kit';
import { scenariosOfLateMoney } from './late-money';
import { scenariosOfLies } from './lies';
import { scenariosOfNeighbours } from './neighbours';
import { scenariosOfRefusals } from './refusals';
import { scenariosOfShopNumbers } from './shop-numbers';
import { scenariosOfUnknowns } from './unknowns';

const scenariosOfStories = Object.fromEntries(
  (Object.keys(stories) as StoryName[]).map((name): [string, Scenario] => [
    name,
    {
      async play(lane) {
        const { customers, done } = deal(lane, name);
        const unsafe = await watched(lane, done);
        if (unsafe.length > 0) return unsafe;
        return lane.rest(numbersOf(customers));
      },
    },
  ]),
);

export const scenarios: Readonly<Record<string, Scenario>> = {
  ...scenariosOfStories,
  ...scenariosOfLies,
  ...scenariosOfForgeries,
  ...scenariosOfRefusals,
  ...scenariosOfLateMoney,
  ...scenariosOfShopNumbers,
  ...scenariosOfUnknowns,
  ...scenariosOfBills,
  ...scenariosOfCrashes,
  ...scenariosOfFloods,
  ...scenariosOfChangeOvers,
  ...scenariosOfNeighbours,
};

/** What `npm test` has time for. */
const share: readonly string[] = ['another database takes over'];

interface Played extends Scenario {
  readonly name: string;
  /** How WeChat is spoken with in it. */
  readonly way: Way;
}

/** Every scenario once, or a share of them, in ways that the seed draws. `only` is one's name. */
export async function run({ seed, part, only, way }: SuiteOptions): Promise<SuiteResult> {
  const ways = new Ways(new Seeded(seed), way);
  const playable = Object.entries(scenarios).filter(([, { daysPass }]) => hasFaketime || !daysPass);
  const all = playable.map(([name, scenario]): Played => {
    return { ...scenario, name, way: scenario.way ?? ways.draw() };
  });
  const chosen = all.filter(({ name }) =>
    only === undefined ? part === 'whole' || share.includes(name) : name === only,
  );
  const violations: string[] = [];
  const play = async (lane: Lane, scenario: Played) => {
    const where = `${scenario.name}, in ${scenario.way}`;
    try {
      await lane.speaks(scenario.way);
      const broken = await scenario.play(lane);
      violations.push(...broken.map((line) => `${where}: ${line}`));
    } catch (error) {
      violations.push(`${where}: ${error}\n${lane.order.lastWords()}`);
    }
    ways.count(scenario.way);
    await stillStands(lane);
  };
  const shared = chosen.filter(({ env, alone }) => !env && !alone);
  const [first] = shared.sort((a, b) => a.way.localeCompare(b.way));
  if (first) {
    await onLane({ way: first.way }, async (lane) => {
      for (const each of shared) await play(lane, each);
      if (hasFaketime && part === 'whole' && only === undefined) {
        const broken = await Morning.passes(lane).catch((error: Error) => [`${error.stack}`]);
        violations.push(...broken.map((line) => `the morning after all of these: ${line}`));
      }
    });
  }
  for (const each of chosen.filter((other) => !shared.includes(other))) {
    const { env = {}, way } = each;
    await onLane({ env, way }, (lane) => play(lane, each));
  }
  const counts = { episodes: chosen.length, faults: chosen.length };
  return { suite: 'scenarios', ...counts, violations, notes: [ways.shares] };
}

async function onLane(options: LaneOptions, work: (lane: Lane) => Promise<void>): Promise<void> {
  const lane = await Lane.start(options);
  try {
    await work(lane);
  } finally {
    await lane.stop();
  }
}
