import { randomInt, randomUUID } from 'node:crypto';
import type { Payment } from '@saoma/contracts/payments';
import type { Answer } from '../../support/http';
import { rice, type Shopper, tea } from '../../support/shopper';
import type { Lane } from './lane';

/** What two customers do at once, each step repeated until it is answered. */
export interface Dealing {
  readonly customers: readonly Customer[];
  readonly done: Promise<void>;
}

/** One customer of a lane, with one payment. */
export class Customer {
  out_trade_no = '';
  total_fee = 0;
  code_url = '';
  private shopper!: Shopper;

  constructor(readonly lane: Lane) {}

  get user_id(): string {
    return this.shopper.user_id;
  }

  /** Two orders of two sellers, 6810 fen, and one payment over both. */
  async buys(): Promise<void> {
    const { lane } = this;
    this.shopper = await lane.persist(() => lane.system.shopper());
    await lane.persist(() => this.shopper.putItem(tea));
    await lane.persist(() => this.shopper.putItem(rice));
    const key = randomUUID();
    const bought = await lane.persist(() => this.shopper.checkout(key));
    const again = await lane.persist(() => this.shopper.checkout(key));
    if (JSON.stringify(bought) !== JSON.stringify(again)) {
      throw new Error(`INV-21: one key was answered twice: ${JSON.stringify([bought, again])}`);
    }
    this.out_trade_no = bought.out_trade_no;
    this.total_fee = bought.total_fee;
  }

  /** Whatever is answered. */
  asksForCode(): Promise<Answer> {
    return this.shopper.ask('GET', `/pay/createNative?out_trade_no=${this.out_trade_no}`);
  }

  async getsCode(): Promise<void> {
    const { out_trade_no } = this;
    const code = await this.lane.persist(() => this.shopper.createNative(out_trade_no));
    this.code_url = code.code_url;
  }

  /** With a phone: WeChat is another world and does not die with ours. */
  async pays(): Promise<void> {
    const { sandbox } = this.lane.system;
    const { status, text } = await sandbox.tryToPay(this.code_url);
    // The code may have been replaced by the repeat of a request whose answer was lost.
    if (status !== 409) return;
    const { code_url, trade_state } = await sandbox.trade(this.out_trade_no);
    if (trade_state !== 'NOTPAY') throw new Error(`cannot pay: ${text}`);
    await sandbox.pay(code_url);
  }

  losesNotices(): Promise<void> {
    return this.lane.system.sandbox.loseNotices(this.out_trade_no);
  }

  /** The answer of a close: 200 closed, 202 it waits, 409 it was paid. */
  async closes(): Promise<number> {
    return this.lane.persist(async () => {
      const { status, text } = await this.shopper.close(this.out_trade_no);
      if (![200, 202, 409].includes(status)) throw new Error(`${status} ${text}`);
      return status;
    });
  }

  sees(...states: string[]): Promise<void> {
    const isThere = ({ trade_state }: Payment) => states.includes(trade_state);
    return this.lane.reaches(this.shopper, this.out_trade_no, isThere);
  }

  /** Money that came after the close is back, and the payment is closed as before. */
  hasAllBack(): Promise<void> {
    const isBack = ({ trade_state, refund_fee }: Payment) =>
      trade_state === 'CLOSED' && refund_fee === this.total_fee;
    return this.lane.reaches(this.shopper, this.out_trade_no, isBack);
  }

  /** The payer pays at the very moment at which WeChat is asked to close. */
  async paysWhenClosed(): Promise<void> {
    const { out_trade_no } = this;
    const match = { call: 'closeorder', out_trade_no };
    await this.lane.system.sandbox.fault({ kind: 'pay', phase: 'before', match });
  }

  /** The operator gives a part back; the same key is the same refund. */
  async isRefunded(refund_fee: number): Promise<void> {
    const { lane, out_trade_no } = this;
    const options = {
      body: { refund_fee, reason: '质量问题' },
      headers: { 'idempotency-key': randomUUID() },
    };
    const path = `/api/payments/${out_trade_no}/refunds`;
    await lane.persist(async () => {
      const { status, text } = await lane.operator.ask('POST', path, options);
      if (status !== 201) throw new Error(`${status} ${text}`);
    });
  }

  /** The merchant gives a part back in WeChat's console: only WeChat's notice tells of it. */
  isRefundedInConsole(refund_fee: number): Promise<void> {
    const { lane, out_trade_no } = this;
    return lane.refundInConsole({ out_trade_no, refund_fee });
  }

  /** Money for this payment under a number that the sandbox's book does not know. */
  async hasMoneyBrought(total_fee = this.total_fee): Promise<void> {
    const { out_trade_no } = this;
    const digits = String(randomInt(1_000_000_000)).padStart(14, '0');
    await this.lane.bringMoney({
      out_trade_no,
      total_fee,
      transaction_id: `42009999999999${digits}`,
    });
  }
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
  customers.map(({ out_trade_no }) => out_trade_no);

/** Two customers live the same story at the same time. */
export function deal(lane: Lane, name: StoryName): Dealing {
  const customers = [new Customer(lane), new Customer(lane)];
  const all = customers.map((customer) => stories[name](customer));
  const done = Promise.all(all).then(() => undefined);
  // A failure is told to the code that waits for it, and until then to nobody.
  done.catch(() => undefined);
  return { customers, done };
}
