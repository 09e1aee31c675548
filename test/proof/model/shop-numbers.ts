import { randomUUID } from 'node:crypto';
import type { Answer, Ask } from '../../support/http';
import { byLink, OpenedPayment } from '../../support/shop-order';
import type { Shopper } from '../../support/shopper';
import type { Opened } from '../invariants/snapshot';
import type { Lane } from '../lane/lane';

const feeOf = { same: 1_200, other: 1_201 } as const;

/** What the shop knows of a number of its own. */
interface Current {
  readonly out_trade_no: string;
  readonly total_fee: number;
}

/** What a shop needs of the world of a run. */
interface Surroundings {
  readonly lane: Lane;
  readonly shop: Shopper;
  readonly broken: string[];
  readonly out_trade_nos: readonly string[];
  ask(who: Shopper, what: string, options?: Ask): Promise<Answer | undefined>;
  knows(payment: {
    readonly out_trade_no: string;
    readonly total_fee: number;
    readonly payer: Shopper;
    readonly opener: Shopper;
    readonly order_ids: readonly string[];
  }): void;
}

/** The shop's own order numbers, and what it was told of each. */
export class ShopNumbers {
  /** What was told to be new, in the order of the answers. */
  readonly opened: Opened[] = [];
  private number = randomUUID();
  /** What the latest answer said; undefined: an answer is missing, or came beside another one. */
  private current: Current | undefined;

  constructor(private readonly world: Surroundings) {}

  /** From now on it is about an order that nobody has asked about yet. */
  renew(): void {
    this.number = randomUUID();
    this.current = undefined;
  }

  async open(content: keyof typeof feeOf, isAlone: boolean): Promise<void> {
    const { world, number: merchant_order_no } = this;
    const total_fee = feeOf[content];
    const body = { merchant_order_no, total_fee, body: '两张电影票' };
    const answer = await world.ask(world.shop, 'POST /api/payments', { body });
    if (!isAlone || !answer || ![200, 201, 409].includes(answer.status)) this.current = undefined;
    if (answer?.status === 409) this.refused(total_fee, answer);
    if (answer?.status !== 200 && answer?.status !== 201) return;
    const { pay_url, ...told } = OpenedPayment.parse(answer.json());
    const { out_trade_no } = told;
    if (answer.status === 201) {
      this.opened.push({ shop: world.shop.user_id, merchant_order_no, out_trade_no });
    } else this.repeated(total_fee, answer);
    if (isAlone) this.current = { out_trade_no, total_fee };
    if (pay_url === undefined || world.out_trade_nos.includes(out_trade_no)) return;
    const payer = await world.lane.persist(() => byLink(world.lane.system.url(), pay_url));
    world.knows({ out_trade_no, total_fee, payer, opener: world.shop, order_ids: [] });
  }

  /** The same command is never told to be another one. */
  private refused(total_fee: number, { text }: Answer): void {
    if (this.current?.total_fee !== total_fee) return;
    this.world.broken.push(`INV-12: a repeat was answered ${text}`);
  }

  /** And another one is never told to be the same, nor of another payment. */
  private repeated(total_fee: number, answer: Answer): void {
    const { out_trade_no } = OpenedPayment.parse(answer.json());
    const { current } = this;
    if (!current) return;
    if (current.out_trade_no === out_trade_no && current.total_fee === total_fee) return;
    this.world.broken.push(`INV-12: ${JSON.stringify(current)} was repeated as ${answer.text}`);
  }
}
