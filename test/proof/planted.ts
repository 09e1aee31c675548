import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tidy/tree';
import type { SuiteOptions, SuiteResult } from './suite';
import type { Tree } from './tree';

/** The cheapest scenario that catches each planted bug. */
export const catchers: Readonly<Record<string, string>> = {
  'B01-settled-in-two-transactions': 'death in the middle of a settlement',
  'B02-second-money-without-a-refund': 'paid twice',
  'B03-closed-without-asking': 'closed by the payer',
  'B04-closed-is-never-looked-at-again': 'paid after it was closed, every notice lost',
  'B05-message-outside-the-transaction': 'death after the commit of a settlement',
  'B06-failure-swallowed-and-acknowledged': 'the database dies under a notice',
  'B07-amount-not-compared': 'paid too little, then right',
  'B08-missing-signature-is-valid': 'forged notices',
  'B10-weaker-signature-is-taken': 'notices with the weaker signature',
  'B11-unknown-counts-as-closed': 'no word from WeChat',
  'B12-new-refund-number-at-every-try': 'refunded in parts',
  'B13-acknowledged-before-the-commit': 'a notice is answered after its commit',
  'B14-read-before-the-lock': 'two notices at the same moment',
  'B15-guard-without-the-state': 'two notices at the same moment',
  'B16-redis-is-believed': 'Redis says that it is paid',
  'B17-calls-without-a-time-limit': 'a reply that never comes',
  'B18-no-drain-at-shutdown': 'SIGTERM while it settles',
  'B19-refund-counts-as-unpaid': 'refunded at WeChat before we heard of the payment',
  'B21-calls-are-not-checked': 'a number that is no text, over RPC',
};

const atOnceMax = 2;
const bugMsMax = 180_000;

/** Every patch in test/proof/bugs, by its name without the ending. */
export function plantedBugs(): string[] {
  const files = readdirSync(join(projectRoot(), 'test/proof/bugs'));
  return files.filter((file) => file.endsWith('.patch')).map((file) => file.slice(0, -6));
}

/**
 * The proof of the proof: each planted bug stands alone in a copy of the tree, and its scenario must
 * find something broken there. `only` is the name of one bug.
 */
export async function run(tree: Tree, { seed, only }: SuiteOptions): Promise<SuiteResult> {
  const bugs = plantedBugs().filter((bug) => only === undefined || bug === only);
  const left = [...bugs];
  const missed: string[] = [];
  const notes: string[] = [];
  const hunt = async () => {
    for (let bug = left.shift(); bug; bug = left.shift()) {
      const found = await huntFor(tree, bug, seed);
      if (found === undefined) missed.push(`${bug} was not caught by: ${catchers[bug]}`);
      else notes.push(`${bug}: ${found}`);
    }
  };
  await Promise.all(Array.from({ length: atOnceMax }, hunt));
  const result = { suite: 'planted bugs', episodes: bugs.length, faults: bugs.length };
  return { ...result, violations: missed, notes: notes.sort() };
}

/** The first line of what was found; undefined if the bug went unseen. */
async function huntFor(tree: Tree, bug: string, seed: number): Promise<string | undefined> {
  const only = catchers[bug];
  if (only === undefined) throw new Error(`${bug}: name the scenario that catches it`);
  const planted = tree.planted(`${bug}.patch`);
  try {
    const { violations } = await planted.suite(
      'scenarios',
      { seed, part: 'whole', only },
      bugMsMax,
    );
    return violations[0]?.split('\n')[0];
  } finally {
    planted.dispose();
  }
}
