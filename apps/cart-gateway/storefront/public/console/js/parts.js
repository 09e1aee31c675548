// Small pieces that several pages of the console show.
import { make, say, words } from '../../js/page.js';
import { nameOfPayment } from '../../js/payment-state.js';
import { amountIn, fenDigits } from './amount.js';
import { isOfRefund } from './bill-words.js';

export const badge = (kind, [zh, en]) =>
  say(make('span', { className: `badge ${kind.toLowerCase()}` }), zh, en);

/** How a payment stands: first what holds it. */
export const badgesOf = (payment) => [
  ...(payment.held ? [badge('held', ['款项待核实', 'Money to look into'])] : []),
  badge(payment.trade_state, nameOfPayment(payment)),
];

/** A panel of a list: what it is and how it stands, and what is to be said of it. */
export function panel(title, standing, ...children) {
  const line = make('div', { className: 'title' }, title, standing);
  return make('li', { className: 'panel' }, line, ...children);
}

/** Made of `fact`s. */
export const factList = (...facts) => make('dl', { className: 'facts' }, ...facts);

/** A name and what it is: for a `factList`. */
export function fact(zh, en, ...children) {
  return make(
    'div',
    {},
    make('dt', {}, words(zh, en)),
    make('dd', { className: 'digits' }, ...children),
  );
}

/** Of an anomaly; what a bill has of a refund went out. */
export function amountOf(anomaly) {
  const { kind, total_fee, fee_type } = anomaly;
  if (!kind.startsWith('bill-')) return amountIn(total_fee, fee_type);
  return amountIn(isOfRefund(anomaly) ? -total_fee : total_fee, fee_type, fenDigits);
}

export const paymentAddress = (out_trade_no) =>
  `/console/payment.html?${new URLSearchParams({ out_trade_no })}`;

/** A number of ours leads to its payment; another merchant's number is only told. */
export function paymentLink(out_trade_no) {
  if (!/^[0-9]{1,20}$/.test(out_trade_no)) return make('span', {}, out_trade_no);
  return make('a', { href: paymentAddress(out_trade_no) }, out_trade_no);
}

/** To a day beside its bill. */
export const dayLink = (day) =>
  make('a', { href: `/console/reconciliation-day.html?${new URLSearchParams({ day })}` }, day);

/** Looks like a button, and downloads. */
export const download = (href, zh, en) =>
  make('a', { className: 'button', href, download: '' }, words(zh, en));

/** Fees may go back to the merchant. */
export const signed = (fen) => amountIn(fen, 'CNY');

export const note = ([zh, en]) => say(make('p', { className: 'note' }), zh, en);

export const columnHead = (zh, en) => say(make('th', { scope: 'col' }), zh, en);

/** A table that is wider than a phone is moved by itself, with the keyboard too. */
export function tableOf(heads, lines, titleId) {
  const head = make('thead', {}, make('tr', {}, ...heads));
  const table = make('table', {}, head, make('tbody', {}, ...lines));
  const place = make('div', { className: 'wide-table', tabIndex: 0, role: 'region' }, table);
  place.setAttribute('aria-labelledby', titleId);
  return place;
}

/** A line for each row: what each column, `[zh, en, textOf]`, says of it. */
export function tableBy(columns, rows, titleId) {
  const heads = columns.map(([zh, en]) => columnHead(zh, en));
  const cells = (row) => columns.map(([, , textOf]) => make('td', {}, textOf(row)));
  const lines = rows.map((row) => make('tr', {}, ...cells(row)));
  return tableOf(heads, lines, titleId);
}
