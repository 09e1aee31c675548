// Payments: found by whatever somebody knows of them.
import { at, make, money, say } from '../../js/page.js';
import { chosen } from '../../js/paged-list.js';
import { beijing, dayBegins, dayEnds } from './dates.js';
import { showList } from './list.js';
import { badgesOf, paymentLink } from './parts.js';
import { listPayments, queryOf } from './service.js';

const address = new URLSearchParams(location.search);
const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(address.get(name)) ? address.get(name) : '');
const shown = {
  q: (address.get('q') ?? '').trim(),
  trade_state: chosen('trade_state'),
  from: day('from'),
  to: day('to'),
};
const wanted = { ...shown, from: dayBegins(shown.from), to: dayEnds(shown.to) };

function wentBack({ refund_fee }) {
  if (refund_fee === 0) return [];
  const fee = money(refund_fee);
  return [say(make('p', { className: 'note' }), `已退款 ${fee}`, `${fee} paid back`)];
}

function rowOf(payment) {
  const { out_trade_no, merchant_order_no, user_id, total_fee, create_time } = payment;
  return make(
    'li',
    { className: 'panel row' },
    make('p', { className: 'digits' }, paymentLink(out_trade_no)),
    make('p', { className: 'quiet' }, beijing(create_time)),
    make('p', { className: 'quiet digits' }, merchant_order_no ?? user_id),
    make(
      'div',
      { className: 'sum' },
      make('p', { className: 'money' }, money(total_fee)),
      ...wentBack(payment),
    ),
    make('p', { className: 'badges' }, ...badgesOf(payment)),
  );
}

/** How many digits a number has that cannot be one of ours: those have at most 20. */
function digitsOf(text) {
  const digits = text.normalize('NFKC').replace(/[\s\p{Dash}]+/gu, '');
  return /^[0-9]{21,}$/.test(digits) ? digits.length : null;
}

/** `[zh, en]`; null: what the page says of a number holds. */
function whyNone() {
  const { q, ...others } = shown;
  if (q === '') return ['没有这样的支付。', 'There are no such payments.'];
  const digits = digitsOf(q);
  if (digits !== null && digits !== 28) {
    return [
      `没有找到：微信的交易单号有 28 位，这个号码有 ${digits} 位。`,
      `Nothing was found: WeChat's transaction number has 28 digits, and this one ${digits}.`,
    ];
  }
  if (Object.values(others).every((value) => value === '')) return null;
  return [
    '没有找到。请核对号码，再不限状态和日期查一次。',
    'Nothing was found. Check the number, and search for it in all states and on all days.',
  ];
}

const why = whyNone();
if (why !== null) say(at('why-none'), ...why);
// Money that is listed only there is asked for by its number.
at('look-there').hidden = shown.q === '';
at('csv').href = `/api/payments${queryOf({ format: 'csv', ...wanted })}`;
// What somebody has typed before this was loaded stays: else another payment would be found.
for (const [name, value] of Object.entries(shown))
  if (at(name).value === '') at(name).value = value;
// Whoever has gone elsewhere meanwhile stays there.
if (document.activeElement === document.body) at('q').focus();
const load = (cursor) => listPayments({ ...wanted, cursor });
showList({ of: 'payments', load, rowOf });
