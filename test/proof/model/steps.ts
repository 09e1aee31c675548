import fc from 'fast-check';

/** Which payment: 0 is the newest one, 1 the one before ... */
type Which = number;

const calls = ['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery'] as const;
const callFaults = [
  'reset',
  'http_error',
  'html',
  'system_error',
  'truncated',
  'malformed',
  'wrong_sign',
  'missing_sign',
  'swapped',
  'pay',
] as const;
const noticeFaults = ['drop', 'delay', 'duplicate', 'reorder', 'forged'] as const;
const spoils = ['none', 'forged', 'more', 'less', 'unsigned', 'other_merchant'] as const;

/** What a customer, an operator, WeChat or fate does next. */
export type Step =
  | { readonly do: 'nothing' }
  | { readonly do: 'put item'; readonly item: 0 | 1; readonly num: number }
  | { readonly do: 'order'; readonly key: 'none' | 'new' | 'old' | 'twice' | 'new twice' }
  | {
      readonly do: 'open';
      readonly number: 'new' | 'old';
      readonly content: 'same' | 'other';
      readonly times: 1 | 2;
    }
  | { readonly do: 'ask code' | 'pay' | 'poll' | 'grow old' | 'lie'; readonly which: Which }
  | { readonly do: 'notice'; readonly which: Which; readonly spoil: (typeof spoils)[number] }
  | { readonly do: 'other money'; readonly which: Which; readonly more: -1 | 0 | 1 }
  | { readonly do: 'close'; readonly which: Which; readonly by: 'payer' | 'operator' }
  | {
      readonly do: 'refund';
      readonly which: Which;
      readonly thirds: number;
      readonly key: 'new' | 'old';
      /** Which of its orders is named, if it has that. */
      readonly order: 'none' | 'first' | 'last';
    }
  | { readonly do: 'turn clock'; readonly seconds: number }
  | {
      readonly do: 'fault';
      readonly call: (typeof calls)[number];
      readonly kind: (typeof callFaults)[number] | 'black_hole' | 'refund_ending';
      readonly phase: 'before' | 'after';
    }
  | { readonly do: 'notice fault'; readonly kind: (typeof noticeFaults)[number] }
  | { readonly do: 'flush' }
  | { readonly do: 'change over' }
  | { readonly do: 'kill'; readonly victim: 'order' | 'database' | 'pay' }
  | { readonly do: 'race'; readonly both: readonly [Step, Step] };

/** Three of four commands are about one payment: unbiased, money bugs stay unfound. */
const which = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat({ max: 3 }) },
);
const about = (what: 'ask code' | 'pay' | 'poll' | 'grow old' | 'lie') =>
  fc.record({ do: fc.constant(what), which });

const putItem = fc.record({
  do: fc.constant('put item' as const),
  item: fc.constantFrom(0 as const, 1 as const),
  num: fc.nat({ max: 2 }),
});
const order = fc.record({
  do: fc.constant('order' as const),
  key: fc.constantFrom(...(['new', 'old', 'none', 'twice', 'new twice'] as const)),
});
const open = fc.record({
  do: fc.constant('open' as const),
  number: fc.constantFrom('old' as const, 'old' as const, 'new' as const),
  content: fc.constantFrom('same' as const, 'same' as const, 'other' as const),
  times: fc.constantFrom(1 as const, 1 as const, 2 as const),
});
const notice = fc.record({
  do: fc.constant('notice' as const),
  which,
  spoil: fc.constantFrom(...spoils),
});
const otherMoney = fc.record({
  do: fc.constant('other money' as const),
  which,
  more: fc.constantFrom(0 as const, 0 as const, 1 as const, -1 as const),
});
const close = fc.record({
  do: fc.constant('close' as const),
  which,
  by: fc.constantFrom('payer' as const, 'operator' as const),
});
const refund = fc.record({
  do: fc.constant('refund' as const),
  which,
  thirds: fc.integer({ min: 1, max: 3 }),
  key: fc.constantFrom('new' as const, 'new' as const, 'old' as const),
  order: fc.constantFrom('none' as const, 'none' as const, 'first' as const, 'last' as const),
});
const turnClock = fc.record({
  do: fc.constant('turn clock' as const),
  seconds: fc.constantFrom(1, 15, 30),
});
/**
 * A black hole costs seconds, so it is rare. An answer to closeorder names no number (APIv2), so
 * nobody could tell that it is somebody else's.
 */
const isTellable = ({ call, kind }: { call: string; kind: string }) =>
  call !== 'closeorder' || kind !== 'swapped';
const anyFault = fc.record({
  do: fc.constant('fault' as const),
  call: fc.constantFrom(...calls),
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...callFaults) },
    { weight: 2, arbitrary: fc.constant('refund_ending' as const) },
    { weight: 1, arbitrary: fc.constant('black_hole' as const) },
  ),
  phase: fc.constantFrom('before' as const, 'after' as const),
});
const fault = anyFault.filter(isTellable);
const noticeFault = fc.record({
  do: fc.constant('notice fault' as const),
  kind: fc.constantFrom(...noticeFaults),
});
const kill = fc.record({
  do: fc.constant('kill' as const),
  victim: fc.constantFrom('order' as const, 'order' as const, 'database' as const, 'pay' as const),
});

const deeds: fc.WeightedArbitrary<Step>[] = [
  { weight: 4, arbitrary: putItem },
  { weight: 8, arbitrary: order },
  { weight: 8, arbitrary: open },
  { weight: 12, arbitrary: about('ask code') },
  { weight: 16, arbitrary: about('pay') },
  { weight: 10, arbitrary: notice },
  { weight: 6, arbitrary: otherMoney },
  { weight: 10, arbitrary: about('poll') },
  { weight: 12, arbitrary: close },
  { weight: 10, arbitrary: refund },
];
const deed = fc.oneof(...deeds);
const race = fc.record({ do: fc.constant('race' as const), both: fc.tuple(deed, deed) });

/** The first is what every step shrinks to. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'nothing' }) },
  ...deeds,
  { weight: 5, arbitrary: turnClock },
  { weight: 2, arbitrary: about('grow old') },
  { weight: 3, arbitrary: about('lie') },
  { weight: 10, arbitrary: fault },
  { weight: 6, arbitrary: noticeFault },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'flush' }) },
  { weight: 1, arbitrary: kill },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'change over' }) },
  { weight: 14, arbitrary: race },
);

/** A run of exactly so many steps; shrunk, steps turn into `nothing`. */
export const stepsOf = (count: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: count, maxLength: count });
