// Of which orders a refund is. People know them by their goods.
import { at, fill, make, money, say } from '../../js/page.js';

/** What nobody has refunded of an order yet, as far as the page knows: the server knows better. */
export const leftOfOrder = ({ payment, refund_fee }) => payment - refund_fee;

function goodsOf({ items: [first, ...others] }) {
  const { title } = first;
  if (others.length === 0) return [title, title];
  return [`${title} 等 ${others.length + 1} 种`, `${title} and ${others.length} more`];
}

/** `[zh, en]`: number and goods. */
function lineOf(order) {
  const [zh, en] = goodsOf(order);
  return [`${order.order_id}：${zh}`, `${order.order_id}: ${en}`];
}

function lineOfPart(order, fee) {
  const [zh, en] = lineOf(order);
  return [`${zh}，${money(fee)}`, `${en}, ${money(fee)}`];
}

function lineOfLeft(order) {
  const [[zh, en], left] = [lineOf(order), money(leftOfOrder(order))];
  return [`${zh}，还可退 ${left}`, `${en}, ${left} is left`];
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
  const lines = [...orders].reverse().map((order) => option(order.order_id, lineOfLeft(order)));
  fill(field, option('', none), ...lines);
  field.value = orders.some(({ order_id }) => order_id === chosen) ? chosen : '';
  at('refund-of').hidden = orders.length < 2;
}

/** To which orders how much of a refund goes, a line for each. */
export function ordersOf({ orders }, { order_id, refund_fee }) {
  const named = orders.find((order) => order.order_id === order_id);
  if (named) return [lineOfPart(named, refund_fee)];
  if (orders.length < 2) return [];
  return [...orders]
    .reverse()
    .filter((order) => leftOfOrder(order) > 0)
    .map((order) => lineOfPart(order, leftOfOrder(order)));
}
