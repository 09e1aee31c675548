import { before } from 'node:test';
import { bothDialects, quickMoney } from './every-way';
import { hasFaketime } from './machine';
import { onStores, storesHere } from './on-stores';
import type { System } from './system';
import type { Way } from './wechat';

/**
 * Registers the same tests in both dialects, on a system whose clocks can be turned and whose pay
 * service has the keys of both: fund flows are had with those of v3.
 */
export function onDays(name: string, tests: (system: () => System, way: Way) => void): void {
  const stores = storesHere.at(-1) ?? 'sqlite';
  for (const way of bothDialects) {
    const options = { stores, way, env: quickMoney, ownClock: hasFaketime };
    onStores(`${name}, in ${way}`, options, (system) => {
      before(async () => {
        if (system().pay.env.WECHAT_V3_KEY === undefined) await system().speaks(way);
      });
      tests(system, way);
    });
  }
}
