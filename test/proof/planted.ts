import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { forEachAtOnce } from '../support/at-once';
import type { Way } from '../support/wechat';
import { projectRoot } from '../tidy/tree';
import type { SuiteOptions, SuiteResult } from './suite';
import type { Tree } from './tree';

interface Catcher {
  /** Or an episode of another suite. */
  readonly scenario: string;
  readonly suite?: 'machines';
  /** What the scenario finds broken. */
  readonly finds: RegExp;
  /** The way in which it shows; most show in any, and v2 is the quickest. */
  readonly way?: Way;
}

/** The cheapest scenario that catches each planted bug. */
export const catchers: Readonly<Record<string, Catcher>> = {
  'B01-settled-in-two-transactions': {
    scenario: 'death in the middle of a settlement',
    finds: /INV-3 orders move together/,
  },
  'B02-second-money-without-a-refund': {
    scenario: 'paid twice',
    finds: /INV-3 second money goes back/,
  },
  'B03-closed-without-asking': {
    scenario: 'closed by the payer',
    finds: /INV-9 closed at WeChat first/,
  },
  'B04-closed-is-never-looked-at-again': {
    scenario: 'paid after it was closed, every notice lost',
    finds: /INV-1 all money has one home/,
  },
  'B05-message-outside-the-transaction': {
    scenario: 'death after the commit of a settlement',
    finds: /INV-18 one message each/,
  },
  'B06-failure-swallowed-and-acknowledged': {
    scenario: 'the database dies under a notice',
    finds: /INV-16 acknowledged money is kept/,
  },
  'B07-amount-not-compared': {
    scenario: 'paid too little, then right',
    finds: /INV-2 no goods without money/,
  },
  'B08-missing-signature-is-valid': {
    scenario: 'forged notices',
    finds: /INV-22: without a signature/,
  },
  'B09-local-host-is-believed': {
    scenario: 'forged notices',
    finds: /INV-22: from this very host/,
  },
  'B10-weaker-signature-is-taken': {
    scenario: 'notices with the weaker signature',
    finds: /INV-22: signed with MD5/,
  },
  'B11-unknown-counts-as-closed': {
    scenario: 'no word from WeChat',
    finds: /INV-9 closed at WeChat first/,
  },
  'B12-new-refund-number-at-every-try': {
    scenario: 'refunded in parts',
    // Or the refund that is one too many is in the books, and leaves no room for the next.
    finds: /INV-5 a refund keeps its number|refund\/too-much/,
  },
  'B13-acknowledged-before-the-commit': {
    scenario: 'a notice is answered after its commit',
    finds: /INV-16 acknowledged money is kept/,
  },
  'B14-read-before-the-lock': {
    scenario: 'two notices at the same moment',
    finds: /INV-1 never two homes/,
  },
  'B15-guard-without-the-state': {
    scenario: 'two notices at the same moment',
    finds: /INV-1 never two homes/,
  },
  'B16-redis-is-believed': {
    scenario: 'Redis says that it is paid',
    finds: /INV-16 acknowledged money is kept/,
  },
  'B17-calls-without-a-time-limit': {
    scenario: 'a reply that never comes',
    finds: /aborted due to timeout|without a reply/,
  },
  'B18-no-drain-at-shutdown': {
    scenario: 'SIGTERM while it takes a notice in',
    finds: /it was not answered|in the middle of a settlement/,
  },
  'B19-refund-counts-as-unpaid': {
    scenario: 'refunded at WeChat before we heard of the payment',
    finds: /is NOTPAY/,
  },
  'B20-notice-answered-201': {
    scenario: 'notices of v3 that are taken come once',
    finds: /WeChat comes again after .*"status":201/,
  },
  'B21-calls-are-not-checked': {
    scenario: 'a number that is no text, over RPC',
    finds: /INV-22: order\.getPayment of 0/,
  },
  'B22-short-tag-is-taken': {
    scenario: 'forged notices of v3',
    finds: /INV-22: a tag of four bytes/,
  },
  'B23-tag-is-not-checked': {
    scenario: 'forged notices of v3',
    finds: /INV-22: a flipped bit in the tag/,
  },
  'B24-old-notice-is-believed': {
    scenario: 'forged notices of v3',
    finds: /INV-22: signed truly, ten minutes ago/,
  },
  'B25-any-key-will-do': {
    scenario: 'forged notices of v3',
    finds: /INV-22: signed truly under a serial that nobody knows/,
  },
  'B26-close-is-believed-unasked': {
    scenario: 'a close that WeChat answers 204, and the payer pays',
    finds: /INV-9 closed at WeChat first/,
  },
  'B27-unsigned-no-is-believed': {
    scenario: 'an unsigned no to a close',
    finds: /INV-9 closed at WeChat first/,
    way: 'v3 public-key',
  },
  'B28-answer-about-another-is-believed': {
    scenario: 'a true answer about another payment',
    finds: /INV-9 closed at WeChat first/,
    way: 'v3 public-key',
  },
  'B29-unknown-serial-is-believed': {
    scenario: 'forged notices of v3',
    finds: /INV-22: signed by a stranger under a serial that nobody knows/,
  },
  'B30-other-merchant-is-believed': {
    scenario: 'forged notices of v3',
    finds: /INV-22: another merchant’s numbers/,
  },
  'B31-console-refund-dropped-when-unknown': {
    scenario: 'refunded in WeChat’s console, and WeChat cannot say what',
    finds: /INV-16 acknowledged refunds are kept/,
  },
  'B32-unknown-is-counted-anew': {
    scenario: 'an hour without a certain answer',
    finds: /in vain for: an operator to be told of all/,
  },
  'B33-unknown-for-an-hour-is-closed': {
    scenario: 'an hour without a certain answer',
    finds: /INV-9 closed at WeChat first/,
  },
  'B34-console-refund-without-room': {
    scenario: 'refunded in WeChat’s console of more than is left',
    finds: /INV-7 never more back than paid/,
  },
  'B35-claim-without-certification-retry': {
    suite: 'machines',
    scenario: 'a crowd at both order services asks for one code',
    finds: /WeChat was asked \d times at once/,
  },
  'B36-call-repeated-that-is-not-safe': {
    suite: 'machines',
    scenario: 'the answer to an order is lost',
    finds: /the order was made, and its client was told/,
  },
  'B37-stale-address-kept': {
    suite: 'machines',
    scenario: 'the only order service that is left loses its node',
    finds: /a payer was not served/,
  },
  'B38-console-refund-of-late-money-dropped': {
    scenario: 'late money, refunded in WeChat’s console while ours waits',
    finds: /INV-16 acknowledged refunds are kept/,
  },
  'B39-unpaid-here-is-done-unasked': {
    scenario: 'a day beside its bill',
    finds: /INV-19 it differs still, and nobody is told/,
  },
  'B40-midnight-is-nobodys': {
    scenario: 'a minute around midnight beside two bills',
    finds: /INV-19 a difference was not found/,
  },
  'B41-same-file-is-compared-anew': {
    scenario: 'a day beside its bill',
    finds: /INV-19: the same file was compared twice/,
  },
  'B42-second-money-stands-for-the-first': {
    scenario: 'a day beside its bill',
    finds: /INV-19 a difference was not found/,
  },
  'B43-paid-is-told-by-every-teller': {
    scenario: 'two notices at the same moment',
    finds: /INV-18 one message each/,
  },
  'B44-order-gives-more-than-it-has': {
    scenario: 'refunded order by order',
    finds: /INV-7 no order gives more than it cost/,
  },
  'B45-number-moves-on-while-it-closes': {
    scenario: 'a number whose payment is closing',
    finds: /INV-12 one payment for a number/,
  },
  'B46-code-of-another-is-shown': {
    scenario: 'a true answer with the code of another payment',
    finds: /the code of another payment at the first asking/,
  },
  'B47-finding-ends-by-its-own-file': {
    scenario: 'a day beside its bill',
    finds: /INV-19 a difference was not found/,
  },
};

interface Hunt {
  readonly caught: string | undefined;
  readonly missed: string;
}

const atOnceMax = 2;
const bugMsMax = 180_000;

/** Every patch in test/proof/bugs, by its name without the ending. */
export function plantedBugs(): string[] {
  const files = readdirSync(join(projectRoot(), 'test/proof/bugs'));
  return files.filter((file) => file.endsWith('.patch')).map((file) => file.slice(0, -6));
}

/**
 * The proof of the proof: each planted bug stands alone in a copy of the tree, and its scenario
 * must find something broken there. `only` is the name of one bug.
 */
export async function run(tree: Tree, { seed, only }: SuiteOptions): Promise<SuiteResult> {
  const bugs = plantedBugs().filter((bug) => only === undefined || bug === only);
  const missed: string[] = [];
  const notes: string[] = [];
  await forEachAtOnce(atOnceMax, bugs, async (bug) => {
    const found = await huntFor(tree, bug, seed);
    if (found.caught) notes.push(`${bug}: ${found.caught}`);
    else missed.push(`${bug} was not caught: ${found.missed}`);
  });
  const result = { suite: 'planted bugs', episodes: bugs.length, faults: bugs.length };
  return { ...result, violations: missed, notes: notes.sort() };
}

/** What was found; a run that broke down for another reason than the bug has caught nothing. */
async function huntFor(tree: Tree, bug: string, seed: number): Promise<Hunt> {
  const catcher = catchers[bug];
  if (!catcher) throw new Error(`${bug}: name the scenario that catches it`);
  const planted = tree.planted(`${bug}.patch`);
  try {
    const { suite = 'scenarios', scenario: only, way = 'v2' } = catcher;
    const options = { seed, part: 'whole', only, way } as const;
    const { violations } = await planted.suite(suite, options, bugMsMax);
    const caught = violations.find((line) => catcher.finds.test(line))?.split('\n')[0];
    return { caught, missed: violations.join('\n') || 'nothing was broken' };
  } catch (error) {
    return { caught: undefined, missed: String(error) };
  } finally {
    planted.dispose();
  }
}
