// Of which orders a refund is. People know them by their goods.
import { at, fill, make, money, say } from '../../js/page.js';
import { feeOf } from '../../js/service/payService.js';

const reserving = ['PROCESSING', 'CHANGE'];

/**
 * What can still be refunded of an order, in fen: neither gone back nor reserved by a refund that
 * names it, as far as the page knows. The server knows better.
 */
export function leftOfOrder({ order_id, payment, refund_fee }, { refunds }) {
  const own = refunds.filter((one) => one.order_id === order_id);
  return payment - refund_fee - feeOf(own.filter(({ status }) => reserving.includes(status)));
}

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

function lineOfLeft(order, shown) {
  const [[zh, en], left] = [lineOf(order), money(leftOfOrder(order, shown))];
  return [`${zh}，还可退 ${left}`, `${en}, ${left} is left`];
}

/**
 * Whether all that is left can go back at once. How a part goes to the orders is the server's to
 * say, so an order is named for it; and so it is while a refund is under way that names none.
 */
export function canBeOfAll(shown) {
  const { orders, left } = shown;
  const lefts = orders.map((order) => leftOfOrder(order, shown));
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
    .map((order) => option(order.order_id, lineOfLeft(order, shown)));
  fill(field, option('', none), ...lines);
  field.value = orders.some(({ order_id }) => order_id === chosen) ? chosen : '';
  at('refund-of').hidden = orders.length < 2;
}

/** To which orders how much of a refund goes, a line for each. */
export function ordersOf(shown, { order_id, refund_fee }) {
  const { orders } = shown;
  const named = orders.find((order) => order.order_id === order_id);
  if (named) return [lineOfPart(named, refund_fee)];
  if (orders.length < 2) return [];
  return [...orders]
    .reverse()
    .map((order) => [order, leftOfOrder(order, shown)])
    .filter(([, left]) => left > 0)
    .map(([order, left]) => lineOfPart(order, left));
}
