import { at, both, guarded, make, moment, money, numberInAddress, persist } from '../page.js';
import * as payService from '../service/payService.js';

const stateNames = {
  NOTPAY: ['待支付', 'Unpaid'],
  SUCCESS: ['已支付', 'Paid'],
  CLOSED: ['已关闭', 'Closed'],
  REFUND: ['已退款', 'Refunded'],
};

let cursor = null;

/** What more there is to say about a payment than its state, amount and times. */
function notes(payment) {
  const list = [];
  if (payment.refund_fee > 0) {
    const refund = money(payment.refund_fee);
    list.push(make('p', { className: 'note' }, ...both(`已退款 ${refund}`, `${refund} paid back`)));
  }
  if (payment.trade_state === 'CLOSED' && payment.transaction_id !== null) {
    const late =
      payment.refund_fee > 0
        ? both('款项在关闭后才到达', 'The money came after the close')
        : both('款项在关闭后才到达，将原路退回', 'The money came after the close and is paid back');
    list.push(make('p', { className: 'note' }, ...late));
  }
  return list;
}

function payLink({ out_trade_no }) {
  const href = `pay.html?${new URLSearchParams({ out_trade_no })}`;
  return make('a', { className: 'button', href }, ...both('去支付', 'Pay'));
}

function row(payment) {
  const { out_trade_no, trade_state, total_fee, create_time, pay_time } = payment;
  const [zh, en] = stateNames[trade_state];
  const times = make('p', { className: 'quiet' }, ...both('下单', 'Ordered'), ' ');
  times.append(moment(create_time));
  const paid = make('p', { className: 'quiet' });
  if (pay_time) paid.append(...both('付款', 'Paid'), ' ', moment(pay_time));
  return make(
    'li',
    { className: 'payment' },
    make('p', { className: 'money' }, money(total_fee)),
    make('p', { className: `badge ${trade_state.toLowerCase()}` }, ...both(zh, en)),
    make(
      'div',
      { className: 'facts' },
      make('p', {}, '订单号：', make('span', { className: 'digits' }, out_trade_no)),
      times,
      paid,
      ...notes(payment),
    ),
    make('div', { className: 'more' }, ...(trade_state === 'NOTPAY' ? [payLink(payment)] : [])),
  );
}

/** One named payment, or a page of the list from `cursor` on. */
async function load(trade_state) {
  const out_trade_no = numberInAddress();
  if (out_trade_no === null) return payService.listPayments({ trade_state, cursor });
  return { payments: [await payService.getPayment(out_trade_no)], cursor: null };
}

async function showMore() {
  at('more').disabled = true;
  const trade_state = at('trade_state').value;
  const page = await persist(() => load(trade_state), { triesMax: 4 }).finally(() => {
    at('loading').hidden = true;
  });
  cursor = page.cursor;
  at('payments').append(...page.payments.map(row));
  at('empty').hidden = at('payments').childElementCount > 0;
  at('more').hidden = cursor === null;
  at('more').disabled = false;
}

await guarded(async () => {
  const filter = new URLSearchParams(location.search).get('trade_state');
  at('trade_state').value = Object.hasOwn(stateNames, filter) ? filter : '';
  // The filter is a plain form of the page's address, so that it can be linked and gone back to.
  at('trade_state').addEventListener('change', () => at('filter').requestSubmit());
  at('more').addEventListener('click', () => guarded(showMore));
  if (numberInAddress() !== null) at('all').hidden = false;
  await showMore();
});
