// An empty cart that another window has ordered: nobody is to put the same goods in again.
import { make, say } from './page.js';
import { persist } from './request.js';
import { getNewestOrder } from './service/shopService.js';
import { showTrouble, warn } from './trouble.js';

/** The page knows the server's time to about two seconds. */
const clockErrorMs = 5_000;
const closedStatus = '6';

/** The order that has emptied the cart since it was seen, as `cart.load` tells; else undefined. */
async function orderSince({ before, beforeMs, now }) {
  if (before === null || before.lines.length === 0 || now.lines.length > 0) return undefined;
  const order = await persist(getNewestOrder, { triesMax: Infinity, onTrouble: showTrouble });
  if (order === undefined || order.status === closedStatus) return undefined;
  return Date.parse(order.create_time) > beforeMs - clockErrorMs ? order : undefined;
}

/** Where its payment is, whatever became of that; without one, where the order is. */
function linkTo({ order_id, out_trade_no }) {
  if (out_trade_no === null) {
    const link = make('a', { id: 'ordered', href: 'orders.html' });
    return make('p', {}, say(link, `订单号：${order_id}`, `Order number: ${order_id}`));
  }
  const href = `pay.html?${new URLSearchParams({ out_trade_no })}`;
  return make('p', {}, say(make('a', { id: 'ordered', href }), '查看这笔支付', 'See its payment'));
}

/** Whether the goods that were seen are ordered already; then it says so. */
export async function tellIfOrdered(loaded) {
  const order = await orderSince(loaded);
  if (order === undefined) return false;
  warn(
    '这些商品已经下过单（可能在另一个窗口），请不要重复下单。',
    'These goods have already been ordered, maybe in another window: please do not order again.',
    linkTo(order),
  );
  return true;
}
