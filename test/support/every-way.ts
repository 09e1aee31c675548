import { onEveryStore, onStores, storesHere } from './on-stores';
import type { Stores } from './store-servers';
import type { System, SystemOptions } from './system';
import { ways as everyWay, type Way } from './wechat';

/** Closes and refunds that wait for next to nothing. */
export const quickMoney = {
  'order-service': {
    QUERY_INTERVAL_MS: '100',
    WECHAT_CLOSE_AFTER_MS: '0',
    WECHAT_REFUND_SPACING_MS: '0',
  },
  'wechat-sandbox': {
    SANDBOX_CLOSE_AFTER_MS: '0',
    SANDBOX_REFUND_AFTER_MS: '200',
    SANDBOX_REFUND_SPACING_MS: '0',
  },
};

/** The money's own journeys are made in these ways; the others differ in keys alone. */
export const bothDialects: readonly Way[] = ['v2', 'v3 public-key'];

/** `npm run proof` plays the journeys in the ways that this variable names, or in every one. */
const { JOURNEY_WAYS } = process.env;
const waysOfProof = JOURNEY_WAYS && everyWay.filter((way) => JOURNEY_WAYS.split(',').includes(way));

/**
 * Registers the same tests in v2 on every kind of stores, and in each other way on the best kind
 * that this machine has: a store knows nothing of WeChat. In the proof it is each way of the
 * proof's, on servers.
 */
export function inEachWay(
  name: string,
  { ways, ...options }: Omit<SystemOptions, 'stores' | 'way'> & { readonly ways: readonly Way[] },
  tests: (system: () => System, stores: Stores, way: Way) => void,
): void {
  const stores = storesHere.at(-1) ?? 'sqlite';
  if (waysOfProof) {
    for (const way of waysOfProof) {
      onStores(`${name}, in ${way}`, { ...options, stores, way }, tests);
    }
    return;
  }
  onEveryStore(name, options, tests);
  for (const way of ways.filter((each) => each !== 'v2')) {
    onStores(`${name}, in ${way}`, { ...options, stores, way }, tests);
  }
}
