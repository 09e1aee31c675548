import type { SystemOptions } from '../../support/system';
import { deal, numbersOf, type StoryName, stories } from '../lane/dealings';
import { Lane } from '../lane/lane';
import type { SuiteOptions, SuiteResult } from '../suite';
import { scenariosOfCrashes } from './crashes';
import { scenariosOfFloods } from './floods';
import { type Scenario, stillStands, watched } from './kit';
import { scenariosOfLies } from './lies';
import { scenariosOfNeighbours } from './neighbours';
import { scenariosOfRefusals } from './refusals';

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
  ...scenariosOfRefusals,
  ...scenariosOfCrashes,
  ...scenariosOfFloods,
  ...scenariosOfNeighbours,
};

/** What `npm test` has time for. */
const share: readonly string[] = [
  'order>database goes silent',
  'another database takes over',
  'a clock that ran in local time is set back by 8 hours',
];

/** Every scenario once, or a share of them. `only` is the name of one. */
export async function run({ seed, part, only }: SuiteOptions): Promise<SuiteResult> {
  const chosen = Object.entries(scenarios).filter(([name]) =>
    only === undefined ? part === 'whole' || share.includes(name) : name === only,
  );
  const violations: string[] = [];
  const play = async (lane: Lane, [name, scenario]: [string, Scenario]) => {
    try {
      const broken = await scenario.play(lane);
      violations.push(...broken.map((line) => `${name}: ${line}`));
    } catch (error) {
      violations.push(`${name}: ${error}\n${lane.order.lastWords()}`);
    }
    await stillStands(lane);
  };
  const shared = chosen.filter(([, { env, alone }]) => !env && !alone);
  if (shared.length > 0) {
    await onLane({}, async (lane) => {
      for (const each of shared) await play(lane, each);
    });
  }
  for (const each of chosen.filter((other) => !shared.includes(other))) {
    await onLane(each[1].env ?? {}, (lane) => play(lane, each));
  }
  const notes = [`seed ${seed} changes nothing here`];
  return { suite: 'scenarios', episodes: chosen.length, faults: chosen.length, violations, notes };
}

async function onLane(
  env: NonNullable<SystemOptions['env']>,
  work: (lane: Lane) => Promise<void>,
): Promise<void> {
  const lane = await Lane.start(env);
  try {
    await work(lane);
  } finally {
    await lane.stop();
  }
}
