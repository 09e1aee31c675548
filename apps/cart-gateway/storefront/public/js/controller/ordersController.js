// orders.html: what was ordered, for whom, and what became of its money.
import { keepUp } from '../keep-up.js';
import { at, make, moment, money, numberInAddress, say, words } from '../page.js';
import { showList } from '../paged-list.js';
import {
  badge,
  badges,
  lateMoneyOf,
  paidLink,
  payLinks,
  refundName,
  stateNames,
  undecidedOf,
} from '../payment-state.js';
import { getPayment } from '../service/payService.js';
import { listOrders } from '../service/shopService.js';

const paid = '2';
/** Only the orders of this payment are shown; null: all of them. */
const number = numberInAddress();

/**
 * A page of orders; each that is not paid has its payment as `own`, since only that says whether it
 * is still to be paid, and what became of money that came all the same. Several orders of one
 * checkout have one.
 */
async function load(cursor) {
  const { orders, cursor: next } = await listOrders(cursor, number);
  const notPaid = orders.filter(({ status, out_trade_no }) => status !== paid && out_trade_no);
  const numbers = [...new Set(notPaid.map(({ out_trade_no }) => out_trade_no))];
  const payments = new Map(
    await Promise.all(numbers.map(async (one) => [one, await getPayment(one)])),
  );
  const withOwn = orders.map((order) => ({ ...order, own: payments.get(order.out_trade_no) }));
  return { orders: withOwn, cursor: next };
}

/** The state in words. That it was paid is never said alone of money that went back. */
function states({ own, out_trade_no, payment, refund_fee }) {
  if (out_trade_no === null) {
    if (payment === 0) return [badge('free', ['无需付款', 'Nothing to pay'])];
    return [badge('delivery', ['货到付款', 'Cash on delivery'])];
  }
  if (own) return badges(own);
  if (refund_fee > 0) return [badge('refund', refundName(refund_fee, payment))];
  return [badge('success', stateNames.SUCCESS)];
}

function goods({ title, num, total_fee }) {
  const fee = make('span', { className: 'digits' }, money(total_fee));
  return make('li', {}, make('span', {}, `${title} × ${num}`), fee);
}

/** What more there is to say about its money. */
function remarks({ own, refund_fee }) {
  const list = own ? [...undecidedOf(own), lateMoneyOf(own)].filter(Boolean) : [];
  const back = money(refund_fee);
  if (refund_fee > 0) list.push([`已退款 ${back}`, `${back} paid back`]);
  return list.map(([zh, en]) => say(make('p', {}), zh, en));
}

function note(zh, en, ...more) {
  return make('p', { className: 'note' }, words(zh, en), ' ', ...more);
}

/** Cash on delivery has no payment. */
function links({ own, ...order }) {
  if (own) return payLinks(own);
  return order.out_trade_no === null ? [] : [paidLink(order)];
}

function row(order) {
  const { order_id, seller_id, payment, items, receiver, create_time } = order;
  const id = `order-${order_id}`;
  const total = make('em', { className: 'money' }, money(payment));
  return make(
    'li',
    { className: 'order', id },
    make(
      'h2',
      {},
      words('订单号：', 'Order number: '),
      make('span', { className: 'digits' }, order_id),
    ),
    make('div', { className: 'badges' }, ...states(order)),
    make('ul', { className: 'goods' }, ...items.map(goods)),
    make('p', { className: 'sum' }, words('合计', 'Total'), ' ', total),
    ...remarks(order),
    note('收货人', 'Receiver', `${receiver.name} · ${receiver.mobile} · ${receiver.address}`),
    note('卖家', 'Seller', seller_id),
    note('下单', 'Ordered', moment(create_time)),
    make('div', { className: 'more' }, ...links(order)),
  );
}

at('all').hidden = number === null;
const list = { of: 'orders', load, rowOf: row };
keepUp(list, showList(list));
