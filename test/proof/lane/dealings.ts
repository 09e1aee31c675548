import { Customer } from './customer';
import type { Lane } from './lane';
import { ShopCustomer } from './shop-customer';

/** Where a payment comes from: a cart of ours, or an order of a shop's own. */
export type Origin = 'cart' | 'shop';
export type Origins = readonly [Origin, Origin];

/** What two customers do at once, each step repeated until it is answered. */
export interface Dealing {
  readonly customers: readonly Customer[];
  readonly done: Promise<void>;
}

type Story = (customer: Customer) => Promise<void>;

async function buysAndGetsCode(customer: Customer): Promise<void> {
  await customer.buys();
  await customer.getsCode();
}

/** What happens to a payment beside succeeding, each as one customer lives it. */
export const stories = {
  'paid, told by a notice': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.pays();
    await customer.sees('SUCCESS');
  },
  'paid, every notice lost': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.losesNotices();
    await customer.pays();
    await customer.sees('SUCCESS');
  },
  'closed by the payer': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.closes();
    await customer.sees('CLOSED');
  },
  'closed before it had a code': async (customer) => {
    await customer.buys();
    await customer.closes();
    await customer.sees('CLOSED');
  },
  'closed while the payer pays': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.losesNotices();
    await customer.paysWhenClosed();
    await customer.closes();
    await customer.sees('SUCCESS');
  },
  'paid after it was closed': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.lane.lieAboutClose(customer.out_trade_no);
    await customer.closes();
    await customer.sees('CLOSED');
    await customer.pays();
    await customer.hasAllBack();
  },
  'paid after it was closed, every notice lost': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.lane.lieAboutClose(customer.out_trade_no);
    await customer.losesNotices();
    await customer.closes();
    await customer.sees('CLOSED');
    await customer.pays();
  },
  'paid twice': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.hasMoneyBrought();
    await customer.sees('SUCCESS');
    await customer.pays();
  },
  'refunded in parts': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.pays();
    await customer.sees('SUCCESS');
    await customer.isRefunded(10);
    await customer.sees('REFUND');
    await customer.isRefunded(customer.total_fee - 10);
  },
  'refunded order by order': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.pays();
    await customer.sees('SUCCESS');
    // Of an order of a shop's own nothing is known but its payment.
    const [small, big] = [...customer.order_ids].reverse();
    await customer.isRefunded(820, small);
    await customer.isRefused(small === undefined ? 6_000 : 1, small);
    await customer.isRefunded(10);
    await customer.isRefused(5_990, big);
    await customer.isRefunded(5_980, big);
    await customer.sees('REFUND');
  },
  'opened again after it was closed': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.closes();
    await customer.sees('CLOSED');
    await customer.buysAgain();
    await customer.getsCode();
    await customer.pays();
    await customer.sees('SUCCESS');
    await customer.isRefunded(10);
  },
  'opened again while late money comes': async (customer) => {
    await buysAndGetsCode(customer);
    const { out_trade_no } = customer;
    await customer.lane.lieAboutClose(out_trade_no);
    await customer.closes();
    await customer.sees('CLOSED');
    await Promise.all([customer.pays(), customer.buysAgain()]);
    await customer.hasAllBack(out_trade_no);
    await customer.sees('NOTPAY');
    await customer.getsCode();
    await customer.pays();
    await customer.sees('SUCCESS');
  },
  'refunded in WeChat’s console': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.pays();
    await customer.sees('SUCCESS');
    await customer.isRefundedInConsole(10);
    await customer.sees('REFUND');
    await customer.isRefunded(customer.total_fee - 10);
  },
  'refunded in WeChat’s console before we heard of the payment': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.losesNotices();
    await customer.lane.looksAway(customer.out_trade_no);
    await customer.pays();
    await customer.isRefundedInConsole(10);
    await customer.sees('REFUND');
  },
  'paid too little, then right': async (customer) => {
    await buysAndGetsCode(customer);
    await customer.hasMoneyBrought(customer.total_fee - 1);
    await customer.pays();
    await customer.sees('SUCCESS');
  },
} as const satisfies Record<string, Story>;

export type StoryName = keyof typeof stories;

export const numbersOf = (customers: readonly Customer[]) =>
  customers.flatMap(({ out_trade_nos }) => out_trade_nos);

/** One of each, unless it is about one of them alone. */
const bothOrigins: Origins = ['cart', 'shop'];

export const customerOf = (lane: Lane, origin: Origin): Customer =>
  origin === 'shop' ? new ShopCustomer(lane) : new Customer(lane);

/** Two customers live the same story at the same time. */
export function deal(lane: Lane, name: StoryName, origins: Origins = bothOrigins): Dealing {
  const customers = origins.map((origin) => customerOf(lane, origin));
  const all = customers.map((customer) => stories[name](customer));
  const done = Promise.all(all).then(() => undefined);
  // A failure is told to the code that waits for it, and until then to nobody.
  done.catch(() => undefined);
  return { customers, done };
}
