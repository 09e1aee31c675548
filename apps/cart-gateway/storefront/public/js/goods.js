// What a payment is for, and how it gets back into the cart.
import { isShopOrder } from './link.js';
import { persist } from './request.js';
import * as shopService from './service/shopService.js';

/** So many orders of one payment are named; a payment over more says so. */
const ordersShownMax = 4;
const numMax = 200;

async function linesOf(order_ids) {
  const orders = await Promise.all(order_ids.map(shopService.getOrder));
  return orders.flatMap(({ items }) => items);
}

/** `[zh, en]`: the goods of a payment in one line. */
export async function describeGoods(payment) {
  if (isShopOrder(payment)) return [payment.body, payment.body];
  const { order_list } = payment;
  const order_ids = order_list.split(',');
  const lines = await linesOf(order_ids.slice(0, ordersShownMax));
  const goods = lines.map(({ title, num }) => `${title} × ${num}`);
  const [zh, en] = [goods.join('，'), goods.join(', ')];
  const isAll = order_ids.length <= ordersShownMax;
  return isAll ? [zh, en] : [`${zh} 等`, `${en} and more`];
}

const numIn = ({ lines }, item_id) => lines.find((line) => line.item_id === item_id)?.num ?? 0;

/**
 * Of each good of a payment how many are in the cart now, `from`, and `to` how many with them.
 */
export async function amountsWith({ order_list }) {
  const lines = await persist(() => linesOf(order_list.split(',')), { triesMax: 4 });
  const cart = await persist(shopService.getCart, { triesMax: 4 });
  return lines.map(({ item_id, num }) => {
    const from = numIn(cart, item_id);
    return { item_id, from, to: from + num };
  });
}

/**
 * Makes the cart have so many of a good: the `whole` of it, or `partly`. Whatever else became of
 * the cart since it was read, `changed`, is somebody's wish, and stays.
 */
export async function putGood({ item_id, from, to }) {
  const num = Math.min(numMax, to);
  const now = numIn(await shopService.getCart(), item_id);
  if (now !== num && now !== from) return 'changed';
  try {
    if (now !== num) await shopService.putCartItem(item_id, num);
    return num === to ? 'whole' : 'partly';
  } catch (problem) {
    // It is not sold any more, or the cart is full.
    if (problem.status === 404 || problem.status === 409) return 'partly';
    throw problem;
  }
}
