import { keepUp } from '../keep-up.js';
import { numberLines } from '../link.js';
import { at, make, moment, money, numberInAddress, say, words } from '../page.js';
import { filterBy, showList } from '../paged-list.js';
import { badges, lateMoneyOf, payLinks, undecidedOf } from '../payment-state.js';
import * as payService from '../service/payService.js';
import { nameOf } from '../trouble.js';

/** What more there is to say about a payment than its state, amount and times. */
function remarks(payment) {
  const list = undecidedOf(payment);
  const late = lateMoneyOf(payment);
  if (late) list.push(late);
  else if (payment.refund_fee > 0) {
    const refund = money(payment.refund_fee);
    list.push([`已退款 ${refund}`, `${refund} paid back`]);
  }
  return list.map(([zh, en]) => say(make('p', { className: 'note' }), zh, en));
}

function time(zh, en, iso) {
  return make('p', { className: 'quiet' }, words(zh, en), ' ', moment(iso));
}

function row(payment) {
  const { total_fee, trade_state, create_time, pay_time } = payment;
  const whenPaid = trade_state === 'CLOSED' ? ['款项到达', 'Money came'] : ['付款', 'Paid'];
  return make(
    'li',
    { className: 'payment' },
    make('p', { className: 'money' }, money(total_fee)),
    make('div', { className: 'badges' }, ...badges(payment)),
    make(
      'div',
      { className: 'facts' },
      ...numberLines(payment),
      time('下单', 'Ordered', create_time),
      ...(pay_time ? [time(...whenPaid, pay_time)] : []),
      ...remarks(payment),
    ),
    make('div', { className: 'more' }, ...payLinks(payment)),
  );
}

/** The payment that the address names, as a list of one. */
async function theNamedOne(out_trade_no) {
  try {
    return { payments: [await payService.getPayment(out_trade_no)], cursor: null };
  } catch (problem) {
    if (problem.status !== 404 || problem.passing) throw problem;
    const [[zh, en], [zhMore, enMore]] = [nameOf(problem), payService.noneAdvice];
    say(at('empty'), `${zh}。${zhMore}`, `${en}. ${enMore}`);
    return { payments: [], cursor: null };
  }
}

const number = numberInAddress();
const trade_state = filterBy('trade_state');
at('all').hidden = number === null;
const load = (cursor) =>
  number === null ? payService.listPayments({ trade_state, cursor }) : theNamedOne(number);
const list = { of: 'payments', load, rowOf: row };
keepUp(list, showList(list));
