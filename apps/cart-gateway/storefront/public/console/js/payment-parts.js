// The parts of a payment that are lists: its orders, refunds and messages.
import { button, make, money, say, words } from '../../js/page.js';
import { mayChange } from './access.js';
import { wordsOfAnswer } from './answer-words.js';
import { isMadeElsewhere, nameOfRefund, paidTwice } from './back.js';
import { beijing } from './dates.js';
import { deliveryStates, deliveryTypes, nameIn, nameOfOrder } from './names.js';
import { badge, fact, factList, note, panel, paymentLink } from './parts.js';

function goods({ title, num, price, total_fee }) {
  const each = `${num} × ${money(price)}`;
  return make('li', { className: 'goods' }, title, ' ', each, ' = ', money(total_fee));
}

export function orderItem(order) {
  const { order_id, seller_id, status, payment, refund_fee, items, receiver, payment_time } = order;
  const { name, mobile, address } = receiver;
  return panel(
    make('p', { className: 'money' }, money(payment)),
    badge(refund_fee > 0 ? 'refund' : `order-${status}`, nameOfOrder(order)),
    make('ul', {}, ...items.map(goods)),
    factList(
      fact('订单号', 'Order', order_id),
      fact('商家', 'Seller', seller_id),
      fact('收货人', 'Receiver', name),
      fact('手机号', 'Mobile', mobile),
      fact('地址', 'Address', address),
      ...(payment_time ? [fact('付款时间', 'Paid', beijing(payment_time))] : []),
      ...(refund_fee > 0 ? [fact('已退回', 'Paid back', money(refund_fee))] : []),
    ),
  );
}

const inTurn = [
  '微信没有说是哪个订单的：按订单的顺序计入，一个满了再计下一个。',
  'WeChat does not say of which order it is: it is counted to the orders in turn, the next one ' +
    'when one is full.',
];

/** Of money that the payment did not take nothing is counted to its orders. */
const isInTurn = (refund, seen) =>
  isMadeElsewhere(refund, seen) &&
  seen.orders.length > 1 &&
  seen.payment.trade_state !== 'CLOSED' &&
  paidTwice(seen).length === 0;

export function refundItem(refund, seen) {
  const { out_refund_no, order_id, refund_fee, status, reason, create_time, success_time } = refund;
  // Of one that was made elsewhere nobody here knows when.
  const begun = isMadeElsewhere(refund, seen)
    ? ['得知时间', 'Heard of']
    : ['申请时间', 'Asked for'];
  return panel(
    make('p', { className: 'money' }, money(refund_fee)),
    badge(`refund-${status}`, nameOfRefund(refund, seen)),
    factList(
      fact('商户退款单号', 'Refund', out_refund_no),
      ...(order_id ? [fact('订单号', 'Order', order_id)] : []),
      fact('原因', 'Reason', reason),
      fact(...begun, beijing(create_time)),
      ...(success_time ? [fact('到账时间', 'Paid back', beijing(success_time))] : []),
    ),
    ...(isInTurn(refund, seen) ? [note(inTurn)] : []),
  );
}

/** `resend` is called for a message that can be sent again. */
export function deliveryItem(delivery, resend) {
  const { event_id, type, out_trade_no, state, tries, create_time, last_error } = delivery;
  const isOver = state !== 'PENDING';
  const label = words('重发…', 'Send again…');
  const id = `resend-${event_id}`;
  const item = panel(
    say(make('p'), ...nameIn(deliveryTypes, type)),
    badge(`delivery-${state}`, nameIn(deliveryStates, state)),
    factList(
      fact('消息号', 'Message', event_id),
      fact('商户订单号', 'Payment', paymentLink(out_trade_no)),
      fact('时间', 'Time', beijing(create_time)),
      fact('发送次数', 'Tries', String(tries)),
      ...(last_error
        ? [fact('最近的失败', 'Latest failure', words(...wordsOfAnswer(last_error)))]
        : []),
    ),
    ...(isOver && mayChange()
      ? [button({ id, className: 'act' }, label, () => resend(delivery))]
      : []),
  );
  item.dataset.state = state;
  return item;
}
