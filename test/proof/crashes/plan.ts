import type { Link } from '../../support/links';
import type { Way } from '../../support/wechat';
import type { Origins, StoryName } from '../lane/dealings';
import { Seeded } from '../seeded';
import type { SuiteOptions } from '../suite';
import { troubles } from '../troubles';
import { Ways } from '../ways';

/** What is done to the system while two customers live a story. */
export type Harm =
  /** The order service dies at its `nth` passing of a crash point, and perhaps the next one too. */
  | {
      readonly kind: 'crash';
      readonly moment: string;
      readonly nth: number;
      readonly again: boolean;
    }
  /** A connection is cut at the `nth` message. */
  | { readonly kind: 'cut'; readonly link: Link; readonly nth: number }
  /** The answer on a connection is lost while the service stands at a crash point. */
  | { readonly kind: 'lost answer'; readonly link: Link; readonly moment: string };

export interface Episode {
  readonly number: number;
  readonly story: StoryName;
  readonly harm: Harm;
  /** Where its two payments come from, if the harm is about one origin alone. */
  readonly origins?: Origins;
  /** Whether the database dies too. */
  readonly killsDatabase: boolean;
  /** How WeChat is spoken with when it begins. */
  readonly way: Way;
  /** The way to which the shop changes over in the middle of it. */
  readonly changesTo?: Way;
  /** The name of the trouble in which the order service dies and starts again. */
  readonly trouble?: string;
}

const opening = ['open.precommit', 'open.committed'];
const ordering = ['order.precommit', 'order.committed'];
const coding = ['code.prepared', 'code.claimed', 'code.kept'];
const settling = ['settle.locked', 'settle.orders', 'settle.precommit', 'settle.committed'];
const closing = ['close.wished', 'close.locked', 'close.precommit', 'close.committed'];
const refunding = [
  ...['refund.before', 'refund.answered', 'refund.accepted'],
  ...['refund.queried', 'refund.locked', 'refund.saved'],
];
const adopting = ['notice.read', 'adopt.precommit', 'adopt.committed'];
const delivering = ['delivery.before', 'delivery.answered', 'delivery.saved'];

/** The crash points that each story passes. */
const moments: Readonly<Record<StoryName, readonly string[]>> = {
  'paid, told by a notice': [
    ...[...ordering, ...opening, ...coding, 'notice.read'],
    ...[...settling, ...delivering],
  ],
  'paid, every notice lost': ['query.answered', ...settling, 'code.kept'],
  'closed by the payer': [...coding, 'query.answered', ...closing, 'close.answered', ...delivering],
  'closed before it had a code': [...ordering, ...opening, 'query.answered', ...closing],
  'closed while the payer pays': [
    ...['query.answered', 'close.wished', 'close.answered'],
    ...settling,
  ],
  'paid after it was closed': [
    ...['query.answered', 'close.answered', 'close.committed', 'notice.read'],
    ...['settle.locked', 'settle.committed'],
    ...refunding,
  ],
  'paid after it was closed, every notice lost': ['query.answered', 'settle.locked'],
  'paid twice': ['notice.read', ...settling, ...refunding],
  'refunded in parts': ['refund.precommit', 'refund.committed', ...refunding, ...delivering],
  'refunded order by order': ['refund.precommit', 'refund.committed', 'refund.locked'],
  'opened again after it was closed': [...opening, ...closing, 'settle.precommit'],
  'opened again while late money comes': [...opening, 'settle.locked', ...refunding],
  'refunded in WeChat’s console': [...adopting, 'refund.queried', 'refund.locked', 'refund.saved'],
  'refunded in WeChat’s console before we heard of the payment': [...adopting, 'settle.committed'],
  'paid too little, then right': ['notice.read', 'settle.locked', 'settle.committed'],
};
export const everyMoment: readonly string[] = [...new Set(Object.values(moments).flat())];

const cutLinks: readonly Link[] = [
  'gateway>order',
  'order>pay',
  'order>database',
  'pay>wechat',
  'wechat>gateway',
];
const cutStories: readonly StoryName[] = [
  'paid, told by a notice',
  'closed by the payer',
  'paid after it was closed',
  'refunded in parts',
];
const cutAt: Readonly<Record<string, readonly number[]>> = {
  'gateway>order': [1, 4, 7, 10, 12],
  'order>pay': [1, 2, 3, 4],
  'order>database': [3, 20, 50, 90],
  'pay>wechat': [1, 2, 3, 4],
  'wechat>gateway': [1, 2],
};

/** Answers that matter most: that of a commit, and WeChat's after it has done what was asked. */
const lostAnswers: readonly (readonly [StoryName, string, Link])[] = [
  ['paid, told by a notice', 'order.precommit', 'order>database'],
  ['paid, told by a notice', 'open.precommit', 'order>database'],
  ['paid, told by a notice', 'open.committed', 'gateway>order'],
  ['opened again after it was closed', 'open.precommit', 'order>database'],
  ['paid, told by a notice', 'settle.precommit', 'order>database'],
  ['paid, every notice lost', 'settle.precommit', 'order>database'],
  ['closed while the payer pays', 'settle.precommit', 'order>database'],
  ['closed by the payer', 'close.precommit', 'order>database'],
  ['refunded in parts', 'refund.precommit', 'order>database'],
  ['refunded in parts', 'refund.locked', 'order>database'],
  ['refunded in WeChat’s console', 'adopt.precommit', 'order>database'],
  ['refunded in WeChat’s console', 'adopt.committed', 'wechat>gateway'],
  ['paid after it was closed', 'refund.locked', 'order>database'],
  ['paid after it was closed', 'refund.before', 'order>pay'],
  ['paid after it was closed', 'refund.before', 'pay>wechat'],
  ['refunded in parts', 'refund.before', 'pay>wechat'],
  ['paid twice', 'refund.before', 'pay>wechat'],
  ['closed by the payer', 'close.wished', 'pay>wechat'],
  ['paid, told by a notice', 'settle.committed', 'wechat>gateway'],
];

type Unnumbered = Pick<Episode, 'story' | 'harm'>;

/** Both origins are in every other episode; at these moments both customers come from one. */
function originsAt(harm: Harm): Origins | undefined {
  if (!('moment' in harm)) return undefined;
  if (opening.includes(harm.moment)) return ['shop', 'shop'];
  return ordering.includes(harm.moment) ? ['cart', 'cart'] : undefined;
}

/** The pay service is started anew for another way: so many episodes have the same one. */
const episodesPerWay = 6;
/** In every so manieth the shop changes over. */
const changeEvery = 12;
/** `npm test` has time for every so manieth. */
const shareOf = 6;

/**
 * All episodes in an order that the seed decides; every fourth kills the database as well, and of
 * the others every third happens in the next trouble of the list, if it is a single crash; `npm
 * test` has no time for troubles. `only` is an episode's number, or a crash point: then it is the
 * first episode there.
 */
export function planOf({ seed, part, only, way: pinned }: SuiteOptions): Episode[] {
  const all = shuffled([...crashes(), ...cuts()], new Seeded(seed));
  const chosen = part === 'share' ? share(all) : all;
  const ways = new Ways(new Seeded(seed), pinned);
  const names = shuffled(Object.keys(troubles), new Seeded(seed));
  let way = ways.draw();
  let drawn = 0;
  const numbered = chosen.map((episode, index): Episode => {
    const { harm } = episode;
    const changesOver = pinned === undefined && index % changeEvery === changeEvery - 1;
    const isSingle = harm.kind === 'crash' && !harm.again;
    const isTroubled = part === 'whole' && index % 4 === 1 && isSingle;
    const trouble = isTroubled ? names[drawn++ % names.length] : undefined;
    if (index > 0 && index % episodesPerWay === 0) way = ways.draw();
    const origins = originsAt(harm);
    return {
      ...episode,
      number: index + 1,
      killsDatabase: index % 4 === 3,
      way,
      ...(changesOver && { changesTo: way === 'v2' ? 'v3 public-key' : 'v2' }),
      ...(trouble && { trouble }),
      ...(origins && { origins }),
    };
  });
  if (only === undefined) return numbered;
  const isThere = ({ harm }: Episode) => harm.kind === 'crash' && harm.moment === only;
  const there = numbered.find(isThere);
  return there ? [there] : numbered.filter(({ number }) => String(number) === only);
}

/** The list in another order: each has the same chance of any place. */
function shuffled<T>(list: readonly T[], seeded: Seeded): T[] {
  const result = [...list];
  for (let left = result.length - 1; left > 0; left -= 1) {
    const chosen = seeded.below(left + 1);
    [result[left], result[chosen]] = [result[chosen] as T, result[left] as T];
  }
  return result;
}

function crashes(): Unnumbered[] {
  const stories = Object.entries(moments) as [StoryName, readonly string[]][];
  const seen = new Set<string>();
  return stories.flatMap(([story, names]) =>
    names.flatMap((moment) => {
      const harm = { kind: 'crash', moment, again: false } as const;
      const once: Unnumbered[] = [1, 2].map((nth) => ({ story, harm: { ...harm, nth } }));
      if (seen.has(moment)) return once;
      seen.add(moment);
      return [...once, { story, harm: { ...harm, nth: 1, again: true } }];
    }),
  );
}

function cuts(): Unnumbered[] {
  // Nobody brings a notice of a payment that is closed.
  const isIdle = (link: Link, story: StoryName) =>
    link === 'wechat>gateway' && story === 'closed by the payer';
  const plain = cutLinks.flatMap((link) =>
    cutStories
      .filter((story) => !isIdle(link, story))
      .flatMap((story) =>
        (cutAt[link] ?? []).map((nth): Unnumbered => ({ story, harm: { kind: 'cut', link, nth } })),
      ),
  );
  const lost = lostAnswers.map(
    ([story, moment, link]): Unnumbered => ({ story, harm: { kind: 'lost answer', moment, link } }),
  );
  return [...plain, ...lost];
}

/** For `npm test`: of one crash at every point and one cut of every connection, some. */
function share(all: readonly Unnumbered[]): Unnumbered[] {
  const seen = new Set<string>();
  const first = all.filter(({ harm }) => {
    const what = harm.kind === 'crash' ? harm.moment : harm.link;
    const isNew = !seen.has(what) && harm.kind !== 'lost answer';
    if (isNew) seen.add(what);
    return isNew;
  });
  return first.filter((_, index) => index % shareOf === 0);
}
