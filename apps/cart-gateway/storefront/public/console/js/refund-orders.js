// Of which orders a refund is. People know them by their goods.
import { at, fill, make, money, say } from '../../js/page.js';

/** What nobody has refunded of an order yet, as far as the page knows: the server knows better. */
export const leftOfOrder = ({ payment, refund_fee }) => payment - refund_fee;

function goodsOf({ items: [first, ...others] }) {
  const { title } = first;
  if (others.length === 0) return [title, title];
  return [`${title} 等 ${others.length + 1} 种`, `${title} and ${others.length} more`];
}

/** `[zh, en]`: number, goods and an amount. */
function lineOf(order, fee) {
  const [zh, en] = goodsOf(order);
  return [`${order.order_id}：${zh}，${money(fee)}`, `${order.order_id}: ${en}, ${money(fee)}`];
}

/**
 * Whether all that is left can go back at once. How a part goes to the orders is the server's to
 * say, so an order is named for it; and so it is while a refund under way is not in their sums yet.
 */
export function canBeOfAll({ orders, left }) {
  const lefts = orders.map(leftOfOrder);
  return orders.length < 2 || lefts.reduce((sum, fee) => sum + fee, 0) === left;
}

/** Of several orders one can be named; what is chosen stays so while the page shows news. */
export function offerOrders(shown) {
  const { orders } = shown;
  const field = at('order_id');
  const chosen = field.value;
  const option = (value, [zh, en]) => say(make('option', { value }), zh, en);
  const none = canBeOfAll(shown)
    ? ['所有订单：还剩的全部', 'All orders: all that is left']
    : ['请选择', 'Please choose'];
  const lines = [...orders]
    .reverse()
    .map((order) => option(order.order_id, lineOf(order, order.payment)));
  fill(field, option('', none), ...lines);
  field.value = orders.some(({ order_id }) => order_id === chosen) ? chosen : '';
  at('refund-of').hidden = orders.length < 2;
}

/** To which orders how much of a refund goes, a line for each. */
export function ordersOf({ orders }, { order_id, refund_fee }) {
  const named = orders.find((order) => order.order_id === order_id);
  if (named) return [lineOf(named, refund_fee)];
  if (orders.length < 2) return [];
  return [...orders]
    .reverse()
    .filter((order) => leftOfOrder(order) > 0)
    .map((order) => lineOf(order, leftOfOrder(order)));
}
