import { at, fill, make, moment, money, numberInAddress, say, words } from '../page.js';
import { persist } from '../request.js';
import * as payService from '../service/payService.js';
import { guarded } from '../session.js';
import { nameOf, retrying } from '../trouble.js';
import { held, unasked } from '../undecided.js';

const stateNames = {
  NOTPAY: ['待支付', 'Unpaid'],
  SUCCESS: ['已支付', 'Paid'],
  CLOSED: ['已关闭', 'Closed'],
  REFUND: ['已退款', 'Refunded'],
};
const heldName = ['请勿再付款', 'Do not pay again'];
const closingName = ['关闭中', 'Closing'];
const partlyRefundedName = ['部分退款', 'Partly refunded'];

let cursor = null;

function nameOfState(payment) {
  const { trade_state, closing, refund_fee, total_fee } = payment;
  if (closing) return closingName;
  if (trade_state === 'REFUND' && refund_fee < total_fee) return partlyRefundedName;
  return stateNames[trade_state];
}

/** That nobody is to pay it again comes first: beside it, only that it is closed is to be said. */
function badges(payment) {
  const { held: isHeld, trade_state } = payment;
  const badge = (kind, name) => say(make('p', { className: `badge ${kind}` }), ...name);
  const list = isHeld ? [badge('held', heldName)] : [];
  if (isHeld && trade_state === 'NOTPAY') return list;
  return [...list, badge(trade_state.toLowerCase(), nameOfState(payment))];
}

function undecidedOf(payment) {
  if (payment.held) return [held];
  return payService.isUnknown(payment) ? [unasked] : [];
}

/** What more there is to say about a payment than its state, amount and times. */
function remarks(payment) {
  const list = undecidedOf(payment);
  if (payment.refund_fee > 0) {
    const refund = money(payment.refund_fee);
    list.push([`已退款 ${refund}`, `${refund} paid back`]);
  }
  if (payment.trade_state === 'CLOSED' && payment.transaction_id !== null) {
    const isTold = payment.refund_fee > 0 || payment.held;
    list.push([
      isTold ? '款项在关闭后才到达' : '款项在关闭后才到达，将原路退回',
      `The money came after the close${isTold ? '' : ': it will be paid back'}`,
    ]);
  }
  return list.map(([zh, en]) => say(make('p', { className: 'note' }), zh, en));
}

/** Nobody is invited to pay what may be paid: the page itself says what is known. */
function payLink(payment) {
  const href = `pay.html?${new URLSearchParams({ out_trade_no: payment.out_trade_no })}`;
  const name = payService.isUnknown(payment) ? ['查看', 'See'] : ['去支付', 'Pay'];
  return say(make('a', { className: 'button', href }), ...name);
}

function time(zh, en, iso) {
  return make('p', { className: 'quiet' }, words(zh, en), ' ', moment(iso));
}

function row(payment) {
  const { out_trade_no, trade_state, total_fee, create_time, pay_time, closing } = payment;
  const number = make('span', { className: 'digits' }, out_trade_no);
  const beside = say(make('span', { className: 'beside' }), '', 'Order number');
  return make(
    'li',
    { className: 'payment' },
    make('p', { className: 'money' }, money(total_fee)),
    make('div', { className: 'badges' }, ...badges(payment)),
    make(
      'div',
      { className: 'facts' },
      make('p', {}, beside, ' 订单号：', number),
      time('下单', 'Ordered', create_time),
      ...(pay_time ? [time('付款', 'Paid', pay_time)] : []),
      ...remarks(payment),
    ),
    make(
      'div',
      { className: 'more' },
      ...(trade_state === 'NOTPAY' && !closing && !payment.held ? [payLink(payment)] : []),
    ),
  );
}

/** One named payment, or a page of the list from `cursor` on. */
async function load(trade_state) {
  const out_trade_no = numberInAddress();
  if (out_trade_no === null) return payService.listPayments({ trade_state, cursor });
  try {
    return { payments: [await payService.getPayment(out_trade_no)], cursor: null };
  } catch (problem) {
    if (problem.status !== 404 || problem.passing) throw problem;
    const [[zh, en], [zhMore, enMore]] = [nameOf(problem), payService.noneAdvice];
    say(at('empty'), `${zh}。${zhMore}`, `${en}. ${enMore}`);
    return { payments: [], cursor: null };
  }
}

async function showMore() {
  at('more').disabled = true;
  const loading = at('loading');
  loading.hidden = false;
  const onTrouble = (problem) => retrying(loading, nameOf(problem));
  try {
    const page = await persist(() => load(at('trade_state').value), { triesMax: 6, onTrouble });
    cursor = page.cursor;
    at('payments').append(...page.payments.map(row));
    at('empty').hidden = at('payments').childElementCount > 0;
  } finally {
    loading.hidden = true;
    at('more').hidden = cursor === null;
    at('more').disabled = false;
  }
}

const filter = new URLSearchParams(location.search).get('trade_state');
at('trade_state').value = Object.keys(stateNames).includes(filter) ? filter : '';
// The filter is a plain form of the page's address, so that it can be linked and gone back to.
at('trade_state').addEventListener('change', () => at('filter').submit());
at('more').addEventListener('click', () => guarded(showMore));
if (numberInAddress() !== null) at('all').hidden = false;
guarded(() => {
  cursor = null;
  fill(at('payments'));
  return showMore();
});
