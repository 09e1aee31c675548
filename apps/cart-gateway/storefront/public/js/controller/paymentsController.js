import { keepUp } from '../keep-up.js';
import { numberLines } from '../link.js';
import { at, make, moment, money, numberInAddress, say, words } from '../page.js';
import { showList } from '../paged-list.js';
import { badges, lateMoneyOf, payLinks, stateNames, undecidedOf } from '../payment-state.js';
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

/** A page of the list from `cursor` on. */
async function listFrom(cursor) {
  const trade_state = at('trade_state').value;
  const page = await payService.listPayments({ trade_state, cursor });
  return { rows: page.payments, cursor: page.cursor };
}

/** The payment that the address names, as a list of one. */
async function theNamedOne(out_trade_no) {
  try {
    return { rows: [await payService.getPayment(out_trade_no)], cursor: null };
  } catch (problem) {
    if (problem.status !== 404 || problem.passing) throw problem;
    const [[zh, en], [zhMore, enMore]] = [nameOf(problem), payService.noneAdvice];
    say(at('empty'), `${zh}。${zhMore}`, `${en}. ${enMore}`);
    return { rows: [], cursor: null };
  }
}

const number = numberInAddress();
const filter = new URLSearchParams(location.search).get('trade_state');
at('trade_state').value = Object.keys(stateNames).includes(filter) ? filter : '';
// The filter is a plain form of the page's address, so that it can be linked and gone back to.
at('trade_state').addEventListener('change', () => at('filter').submit());
at('all').hidden = number === null;
const list = { load: number === null ? listFrom : () => theNamedOne(number), rowOf: row };
keepUp(list, showList(list));
