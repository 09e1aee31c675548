import { inspect } from 'node:util';
import { type Check, LedgerView, type Violation } from './ledger-view';
import { moneyChecks, restingMoneyChecks } from './money';
import { shareChecks } from './shares';
import { shopChecks } from './shops';
import type { Snapshot } from './snapshot';
import { restingStateChecks, stateChecks } from './state';

/**
 * What must hold at every instant, in the middle of any fault. It shares no code with the product:
 * it reads both books and compares.
 */
export function safety(snapshot: Snapshot): Violation[] {
  return run({ ...moneyChecks, ...shareChecks, ...stateChecks, ...shopChecks }, snapshot);
}

/** What must hold once all faults are healed and everything has come to rest. */
export function liveness(snapshot: Snapshot): Violation[] {
  return run({ ...restingMoneyChecks, ...restingStateChecks }, snapshot);
}

/** A violation as a person reads it. */
export function told({ invariant, row }: Violation): string {
  return `${invariant}: ${inspect(row, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}`;
}

function run(checks: Readonly<Record<string, Check>>, snapshot: Snapshot): Violation[] {
  const view = new LedgerView(snapshot);
  return Object.entries(checks).flatMap(([invariant, check]) =>
    check(view).map((row) => ({ invariant, row })),
  );
}
