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

/**
 * How many of each good of a payment, `[{ item_id, num }]`, make what is in the cart now and them.
 */
export async function cartWith({ order_list }) {
  const lines = await persist(() => linesOf(order_list.split(',')), { triesMax: 4 });
  const cart = await persist(shopService.getCart, { triesMax: 4 });
  const numOf = (item_id) => cart.lines.find((line) => line.item_id === item_id)?.num ?? 0;
  return lines.map(({ item_id, num }) => {
    return { item_id, num: Math.min(numMax, num + numOf(item_id)) };
  });
}

async function isTaken({ item_id, num }) {
  try {
    await persist(() => shopService.putCartItem(item_id, num), { triesMax: 4 });
    return true;
  } catch (problem) {
    // It is not sold any more, or the cart is full.
    if (problem.status === 404 || problem.status === 409) return false;
    throw problem;
  }
}

/** Makes the cart have so many of each; keeps of each whether it `isThere`, to go on from. */
export async function putInCart(wanted) {
  for (const good of wanted) good.isThere = good.isThere ?? (await isTaken(good));
}
