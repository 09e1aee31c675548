import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Payment } from '@saoma/contracts/payments';
import { z } from 'zod';
import { type Answer, ask, expected } from './http';
import type { Opened } from './opened';
import { Shopper } from './shopper';
import type { System } from './system';

const { out_trade_no, total_fee, expire_time, trade_state } = Payment.shape;
const { closing, held, unknown_time } = Payment.shape;
const pay_url = z.url().optional();
/** What a shop is answered. */
export const OpenedPayment = z.strictObject({
  ...{ out_trade_no, total_fee, pay_url },
  ...{ expire_time, trade_state, closing, held, unknown_time },
});

/** What a shop says of its order: two cinema tickets, 12 yuan. */
export const aShopOrder = (change: object = {}) => ({
  merchant_order_no: `A-${randomUUID()}`,
  total_fee: 1_200,
  body: '两张电影票',
  ...change,
});

/** Opens a payment for an order of this shop's own. */
export const open = (shop: Shopper, order: object): Promise<Answer> =>
  shop.ask('POST', '/api/payments', { body: order });

/** The same, which is expected to open a new one. */
export async function openNew(shop: Shopper, change: object = {}) {
  const order = aShopOrder(change);
  const { pay_url = '', ...opened } = OpenedPayment.parse(expected(201, await open(shop, order)));
  return { ...opened, pay_url, merchant_order_no: order.merchant_order_no };
}

/** The number and the key in a `pay_url`. */
export function partsOf(pay_url: string): { readonly out_trade_no: string; readonly key: string } {
  const { searchParams, hash } = new URL(pay_url);
  return { out_trade_no: searchParams.get('out_trade_no') ?? '', key: hash.replace('#key=', '') };
}

/** Changes the key of a link for a cookie, or tries to. */
export const bringKey = (url: string, out_trade_no: string, key: string): Promise<Answer> =>
  ask('POST', `${url}/api/payments/${out_trade_no}/key`, { body: { key } });

/** Somebody who has nothing but the link, and has changed its key for a cookie. */
export async function byLink(url: string, pay_url: string): Promise<Shopper> {
  const { out_trade_no, key } = partsOf(pay_url);
  const answer = await bringKey(url, out_trade_no, key);
  assert.equal(answer.status, 204, answer.text);
  const [cookie = ''] = answer.headers.getSetCookie()[0]?.split(';') ?? [];
  return new Shopper({ url, user_id: '', credentials: { cookie } });
}

/** Somebody comes by the link, and pays with the phone; gives the number of the payment. */
export async function payByLink(system: System, pay_url: string): Promise<string> {
  const { out_trade_no } = partsOf(pay_url);
  const payer = await byLink(system.url(), pay_url);
  await system.sandbox.pay((await payer.createNative(out_trade_no)).code_url);
  return out_trade_no;
}

/** A payment for a shop's own order, and a payer who has its link and its code. */
export interface ShopOpened extends Opened {
  readonly shop: Shopper;
  readonly merchant_order_no: string;
  readonly pay_url: string;
  readonly total_fee: number;
}

/** A new shop opens a payment; its payer has come by the link. */
export async function openedByShop(system: System, change: object = {}): Promise<ShopOpened> {
  const shop = await system.shopper({ roles: ['shop'] });
  const made = await openNew(shop, change);
  const shopper = await byLink(system.url(), made.pay_url);
  const { code_url } = await shopper.createNative(made.out_trade_no);
  return { ...made, shop, shopper, code_url };
}
