import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Answer } from '../../support/http';
import { byLink, OpenedPayment, open } from '../../support/shop-order';
import type { Shopper } from '../../support/shopper';
import { Customer } from './customer';

/** What a lane's shops ask for: as much as a cart there costs, and less when it is opened again. */
export const fullFee = 6_810;
export const lessFee = 1_200;

/** The customer of a shop with orders of its own, who has nothing but the link. */
export class ShopCustomer extends Customer {
  readonly merchant_order_no = `A-${randomUUID()}`;

  override async buys(): Promise<void> {
    await this.comes();
    await this.opens(fullFee);
  }

  /** Its shop is there, and has opened nothing yet. */
  async comes(): Promise<void> {
    const { lane } = this;
    this.opener = await lane.persist(() => lane.system.shopper({ roles: ['shop'] }));
  }

  /** The number is used again, for another content. */
  override buysAgain(): Promise<void> {
    return this.opens(lessFee);
  }

  /** The same shop at another gateway. */
  shopAt(url: string): Shopper {
    return this.opener.at(url);
  }

  /** Its customer comes by the link of this payment; from now on that is it. */
  async finds(opened: z.output<typeof OpenedPayment>): Promise<void> {
    const { lane } = this;
    this.payer = await lane.persist(() => byLink(lane.system.url(), opened.pay_url ?? ''));
    this.has(opened);
  }

  /** The shop opens it, repeats that, and its customer comes by the link. */
  private async opens(fee: number): Promise<void> {
    const { lane } = this;
    const opened = await lane.persist(() => this.isNew(fee));
    const again = await lane.persist(() => this.asks(fee));
    const { out_trade_no } = OpenedPayment.parse(again.json());
    if (out_trade_no !== opened.out_trade_no) {
      throw new Error(`INV-12: one number was answered ${opened.out_trade_no}, ${out_trade_no}`);
    }
    const other = await lane.persist(() => this.asks(fee + 1));
    if (other.status !== 409) throw new Error(`another content was answered ${other.text}`);
    await this.finds(opened);
  }

  /** Fails while the number is still that of a payment before. */
  private async isNew(fee: number) {
    const answer = await this.asks(fee);
    const before = this.out_trade_nos.at(-1);
    const opened = answer.status === 409 ? undefined : OpenedPayment.parse(answer.json());
    if (opened && opened.out_trade_no !== before) return opened;
    throw new Error(`the number is not free: ${answer.text}`);
  }

  /** The shop asks for a payment over so much, at the gateway at which it is signed in. */
  async asks(fee: number, opener = this.opener): Promise<Answer> {
    const { lane, merchant_order_no } = this;
    const order = { merchant_order_no, total_fee: fee, body: '两张电影票' };
    const answer = await open(opener, order);
    if (![200, 201, 409].includes(answer.status)) throw new Error(answer.text);
    if (answer.status === 201) {
      const { out_trade_no } = OpenedPayment.parse(answer.json());
      lane.opened.push({ shop: opener.user_id, merchant_order_no, out_trade_no });
    }
    return answer;
  }
}
