import { AppError } from '@saoma/contracts/errors';
import { liveness, safety, told } from '../invariants/oracle';
import { Seeded } from '../seeded';
import type { SuiteOptions, SuiteResult } from '../suite';
import type { RacedPayment } from './payment';
import { Room } from './room';
import { type Scenario, scenarios } from './scenarios';
import { type Choose, EveryOrder, Race } from './schedule';

/** Scenarios that run at the same time: while one waits for a lock, another one works. */
const lanes = 4;
/** Orders of one pair, one after the other; of a pair that has more some others are drawn. */
const ordersMax = 70;
/** Orders that are drawn: of each scenario for `npm test`, of long pairs, of three actors. */
const samples = { share: 2, beyond: 20, triple: 20 } as const;
/** Somewhere in the middle of most races. */
const looksMax = 8;

interface Found {
  readonly scenario: string;
  readonly isPair: boolean;
  /** Different orders that really happened. */
  readonly orders: ReadonlySet<string>;
  readonly isExhausted: boolean;
  readonly violations: readonly string[];
}

/**
 * Every order in which two actors of {notice, watcher, close, refund, second money ...} can pass
 * their moments, over a real database: after each the books agree and come to rest. `only` is a
 * scenario's name, and may go on with the choices of one order: `paid: notice+close#0,1,1`.
 */
export async function run({ seed, part, only }: SuiteOptions): Promise<SuiteResult> {
  const [wanted, choices] = only?.split('#') ?? [];
  const chosen = scenarios.filter(({ name }) => wanted === undefined || name === wanted);
  const room = await Room.open();
  try {
    const left = [...chosen];
    const found: Found[] = [];
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const search = { room, scenario: next, random: new Seeded(seed + scenarios.indexOf(next)) };
        if (choices !== undefined) found.push(await replay(search, choices));
        else if (part === 'share') found.push(await someOrders(search, samples.share));
        else if (next.actors > 2) found.push(await someOrders(search, samples.triple));
        else found.push(await everyOrder(search));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return summary(found);
  } finally {
    await room.close();
  }
}

interface Search {
  readonly room: Room;
  readonly scenario: Scenario;
  readonly random: Seeded;
}

async function everyOrder(search: Search): Promise<Found> {
  const every = new EveryOrder();
  const orders = new Set<string>();
  const violations: string[] = [];
  for (let count = 1; ; count += 1) {
    const { trace, broken } = await race(search, every.choose);
    orders.add(trace);
    violations.push(...broken.map((text) => `${text} [${nameOf(search, every.choices)}]`));
    const isExhausted = !every.next();
    if (isExhausted) return { ...called(search), orders, isExhausted, violations };
    if (count >= ordersMax) break;
  }
  const drawn = await someOrders(search, samples.beyond);
  return {
    ...drawn,
    orders: new Set([...orders, ...drawn.orders]),
    violations: [...violations, ...drawn.violations],
  };
}

async function someOrders(search: Search, count: number): Promise<Found> {
  const orders = new Set<string>();
  const violations: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const choices: number[] = [];
    const choose: Choose = (width) => {
      const choice = search.random.below(width);
      choices.push(choice);
      return choice;
    };
    const { trace, broken } = await race(search, choose);
    orders.add(trace);
    violations.push(...broken.map((text) => `${text} [${nameOf(search, choices)}]`));
  }
  return { ...called(search), orders, isExhausted: false, violations };
}

async function replay(search: Search, choices: string): Promise<Found> {
  const path = choices.split(',').map(Number);
  const { trace, broken } = await race(search, () => path.shift() ?? 0);
  const orders = new Set([trace]);
  return { ...called(search), orders, isExhausted: false, violations: broken };
}

const called = ({ scenario }: Search) => ({
  scenario: scenario.name,
  isPair: scenario.actors === 2,
});

const nameOf = ({ scenario }: Search, choices: readonly number[]) =>
  `${scenario.name}#${choices.join(',')}`;

/** One race, and what the oracle says in its middle, after it and at rest. */
async function race({ room, scenario, random }: Search, choose: Choose) {
  const payment = await scenario.prepare(room);
  const broken: string[] = [];
  const check = async (when: string) => {
    const found = safety(await payment.snapshot());
    broken.push(...found.map((violation) => `${when}: ${told(violation)}`));
  };
  const running = new Race(scenario.works(payment));
  const step = random.below(looksMax);
  await running.run(choose, { step, look: () => check(`at step ${step}`) });
  await check('after the race');
  await rest(payment, broken);
  const trace = running.trace.join(' ');
  const errors = Object.entries(running.errors).filter(([, error]) => !isPlainNo(error));
  broken.push(...errors.map(([name, error]) => `${name} failed: ${error}`));
  return { trace, broken: broken.map((text) => `${text} after ${trace}`) };
}

async function rest(payment: RacedPayment, broken: string[]): Promise<void> {
  await payment.comeToRest();
  const shot = await payment.snapshot();
  broken.push(...[...safety(shot), ...liveness(shot)].map((each) => `at rest: ${told(each)}`));
  broken.push(...payment.broken);
}

/** What a client may be told: everything else is a bug. */
function isPlainNo(error: unknown): boolean {
  const expected = ['payment/already-paid', 'payment/not-paid', 'refund/too-much'];
  return error instanceof AppError && expected.includes(error.code);
}

function summary(found: readonly Found[]): SuiteResult {
  const episodes = found.reduce((sum, { orders }) => sum + orders.size, 0);
  const pairs = found.filter(({ isPair }) => isPair);
  const exhausted = pairs.filter(({ isExhausted }) => isExhausted).length;
  const counts = found.map(({ scenario, orders }) => `${scenario} ${orders.size}`);
  return {
    suite: 'interleavings',
    episodes,
    faults: 0,
    violations: found.flatMap(({ violations }) => violations),
    notes: [`${exhausted} of ${pairs.length} pairs in every order`, ...counts],
  };
}
