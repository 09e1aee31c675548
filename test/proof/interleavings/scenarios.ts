import { randomUUID } from 'node:crypto';
import { RacedPayment } from './payment';
import type { Room } from './room';

type Prepare = (room: Room) => Promise<RacedPayment>;

const after =
  (before: Prepare, step: (payment: RacedPayment) => Promise<unknown>): Prepare =>
  async (room) => {
    const payment = await before(room);
    await step(payment);
    return payment;
  };

/** WeChat was never asked for a code. */
const unasked: Prepare = (room) => RacedPayment.checkedOut(room);
/** It has a code, and nobody has paid. */
const open = after(unasked, (payment) => payment.askCode());
/** WeChat has the money, and we have not heard of it. */
const paid = after(open, (payment) => payment.payThere());
const settled = after(paid, (payment) => payment.notice());
/** Closed here, and then WeChat took the money after all. */
const late = after(open, async (payment) => {
  await payment.closeByLie();
  await payment.payThere();
});

/** A shop has opened it for an order of its own, and it has a code. */
const ofShop = after(
  (room) => RacedPayment.openedByShop(room),
  (payment) => payment.askCode(),
);

/** How far a payment has come before the race begins. */
const states = {
  unasked,
  open,
  paid,
  settled,
  late,
  /** Paid under a number that WeChat was never asked about by these books: they were restored. */
  restored: after(unasked, (payment) => payment.otherMoney()),
  /** Its life is over, and nobody has paid. */
  old: after(open, (payment) => payment.growOld()),
  paidOld: after(paid, (payment) => payment.growOld()),
  /** A refund of a part is written down. */
  refunding: after(settled, (payment) => payment.refund(1_000, randomUUID())),
  /** Late money is written down and on its way back. */
  lateRefunding: after(late, (payment) => payment.notice()),
  ofShop,
  ofShopPaid: after(ofShop, (payment) => payment.payThere()),
  ofShopClosed: after(ofShop, (payment) => payment.close()),
  ofShopLate: after(ofShop, async (payment) => {
    await payment.closeByLie();
    await payment.payThere();
  }),
} as const;

type Act = (payment: RacedPayment) => Promise<unknown>;

/** Who races: each a piece of the product that moves the payment by itself. */
const actors = {
  notice: (payment) => payment.notice(),
  payer: (payment) => payment.payAndTell(),
  second: (payment) => payment.otherMoney(),
  less: (payment) => payment.otherMoney(payment.total_fee - 1),
  watcher: (payment) => payment.look(),
  close: (payment) => payment.close(),
  /** More than half, so that two of them are too much. */
  refund: (payment) => payment.refund(4_000, randomUUID()),
  /** The same command, repeated. */
  sameRefund: (payment) => payment.refund(4_000, payment.out_trade_no),
  refunder: (payment) => payment.carryOn(),
  code: (payment) => payment.askCode(),
  opener: (payment) => payment.openAgain(),
} as const satisfies Record<string, Act>;

type ActorName = keyof typeof actors;

const pairs: Readonly<Record<keyof typeof states, readonly `${ActorName}+${ActorName}`[]>> = {
  unasked: ['code+code', 'code+close', 'code+second', 'close+close'],
  restored: ['refund+refund', 'refund+refunder', 'refund+second'],
  open: [
    'payer+watcher',
    'payer+close',
    'payer+second',
    'payer+refund',
    'payer+code',
    'close+close',
    'close+watcher',
    'close+second',
    'close+less',
    'close+code',
  ],
  old: ['payer+watcher', 'payer+close', 'watcher+watcher', 'watcher+close', 'watcher+second'],
  paid: [
    'notice+notice',
    'notice+watcher',
    'notice+close',
    'notice+second',
    'notice+less',
    'notice+refund',
    'watcher+watcher',
    'watcher+close',
    'watcher+second',
    'watcher+refund',
    'close+close',
    'close+second',
    'close+refund',
    'second+second',
    'second+refund',
  ],
  paidOld: ['notice+watcher', 'notice+close', 'watcher+watcher', 'watcher+close', 'watcher+second'],
  settled: [
    'refund+refund',
    'refund+sameRefund',
    'sameRefund+sameRefund',
    'refund+second',
    'refund+notice',
    'refund+close',
    'second+second',
    'second+watcher',
  ],
  refunding: [
    'refunder+refunder',
    'refunder+refund',
    'refunder+second',
    'refunder+notice',
    'refund+refund',
  ],
  late: [
    'notice+notice',
    'notice+watcher',
    'watcher+watcher',
    'notice+second',
    'watcher+second',
    'notice+close',
    'second+second',
  ],
  lateRefunding: ['refunder+refunder', 'refunder+notice', 'refunder+watcher', 'refunder+second'],
  ofShop: ['opener+close', 'opener+payer', 'payer+close', 'close+code', 'close+watcher'],
  ofShopPaid: ['notice+opener', 'notice+close', 'notice+second'],
  ofShopClosed: ['opener+opener', 'opener+second', 'opener+watcher'],
  ofShopLate: ['opener+notice', 'opener+watcher', 'notice+notice'],
};

/** Three at once have too many orders to go through all of them. */
const triples: readonly (readonly [keyof typeof states, ...ActorName[]])[] = [
  ['open', 'payer', 'close', 'watcher'],
  ['open', 'payer', 'second', 'close'],
  ['paid', 'notice', 'watcher', 'close'],
  ['paid', 'notice', 'second', 'watcher'],
  ['paid', 'notice', 'second', 'close'],
  ['paidOld', 'notice', 'watcher', 'second'],
  ['settled', 'refund', 'refund', 'second'],
  ['refunding', 'refunder', 'refunder', 'refund'],
  ['late', 'notice', 'watcher', 'second'],
  ['lateRefunding', 'refunder', 'refunder', 'notice'],
  ['ofShop', 'opener', 'close', 'payer'],
  ['ofShopClosed', 'opener', 'opener', 'second'],
];

export interface Scenario {
  readonly name: string;
  /** How many race: two do so in every order, three in some. */
  readonly actors: number;
  readonly prepare: Prepare;
  /** The racing actors by their names. */
  works(payment: RacedPayment): Record<string, () => Promise<unknown>>;
}

function scenario(state: keyof typeof states, racing: readonly ActorName[]): Scenario {
  return {
    name: `${state}: ${racing.join('+')}`,
    actors: racing.length,
    prepare: states[state],
    works: (payment) =>
      Object.fromEntries(
        racing.map((actor, index) => [`${actor}${index + 1}`, () => actors[actor](payment)]),
      ),
  };
}

export const scenarios: readonly Scenario[] = [
  ...Object.entries(pairs).flatMap(([state, names]) =>
    names.map((pair) => scenario(state as keyof typeof states, pair.split('+') as ActorName[])),
  ),
  ...triples.map(([state, ...racing]) => scenario(state, racing)),
];
