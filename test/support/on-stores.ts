import { afterEach, before, describe } from 'node:test';
import { atEnd } from './at-end';
import { hasFailed, Lender } from './lender';
import { hasMariadb, hasRedis } from './machine';
import type { Stores } from './store-servers';
import { System, type SystemOptions } from './system';
import type { Way } from './wechat';

/** `npm run proof` plays journeys on these stores, if this variable names some. */
const { JOURNEY_STORES } = process.env;

/** The kinds of stores that this machine has. */
export const storesHere: readonly Stores[] = JOURNEY_STORES
  ? [JOURNEY_STORES as Stores]
  : hasMariadb && hasRedis
    ? ['sqlite', 'mariadb+redis']
    : ['sqlite'];

const systems = new Lender<System>();
atEnd(() => systems.stopAll());

/**
 * Registers the same tests once on each kind of stores that this machine has, each time on one
 * system that they share. A test that fails shows the last lines of every service's log.
 */
export function onEveryStore(
  name: string,
  options: Omit<SystemOptions, 'stores'>,
  tests: (system: () => System, stores: Stores, way: Way) => void,
): void {
  const usable = storesHere.filter((each) => each !== 'sqlite' || (options.orders ?? 1) === 1);
  for (const stores of usable) onStores(name, { ...options, stores }, tests);
}

/** The same on one kind of stores, for what depends on none. */
export function onStores(
  name: string,
  options: SystemOptions,
  tests: (system: () => System, stores: Stores, way: Way) => void,
): void {
  const { stores, ...wanted } = options;
  describe(`${name}, on ${stores}`, () => {
    const system = systems.lend(stores, JSON.stringify(wanted), () => System.start(options));
    before(() => system().sandbox.forgetFaults());
    afterEach((test) => {
      if (hasFailed(test) && system()) process.stderr.write(`${system().lastWords()}\n`);
    });
    tests(system, stores, options.way ?? 'v2');
  });
}
