// The two ends of a payment for an order of a shop's own: the link that its payer comes by, and
// the way back to the shop.
import { at, fill, make, numberInAddress, say } from './page.js';
import { Problem, request } from './request.js';

/** It is no payment over a cart of this house: its payer is anybody who has the link. */
export const isShopOrder = ({ merchant_order_no }) => merchant_order_no !== null;

const keyInAddress = () => new URLSearchParams(location.hash.slice(1)).get('key');

/** What this page was opened with; it is kept nowhere else than in its memory. */
const key = keyInAddress();

// A link that is pasted over another one of the same page loads nothing: only its key differs.
addEventListener('hashchange', () => {
  if (keyInAddress() !== null) location.reload();
});

/** The address for another device: it has no cookie, so whoever came by a link needs the key. */
export const addressToCopy = () => (key ? `${location.href}#key=${key}` : location.href);

/** Whether its reader came by a link, and so has no account here. */
export const cameByLink = key !== null;

/** For whoever came by a link that leads to no payment. */
export const linkAdvice = [
  '请回到下单的商家，重新打开付款链接。付过的钱不会丢。',
  'Go back to the shop where you ordered, and open its link again. What you have paid is not lost.',
];
const wrongLink = {
  status: 404,
  code: 'payment/not-found',
  title: ['付款链接不正确，或已失效', 'This link is wrong, or no longer good'],
};

/**
 * Changes the key behind `#key=` for a cookie, by which this one payment can be seen and paid. The
 * address is without it as soon as the page writes it anew.
 */
export async function bringKey() {
  const out_trade_no = numberInAddress();
  if (!key || out_trade_no === null) return;
  const path = `/api/payments/${encodeURIComponent(out_trade_no)}/key`;
  try {
    await request('POST', path, { body: { key } });
  } catch (problem) {
    throw problem.passing ? problem : new Problem(wrongLink);
  }
}

/** The way into the shop of this house is shown (css/whose.css). */
export function showHouse() {
  document.documentElement.dataset.whose = 'house';
}

/** A line with a number of a payment. */
function numberLine([zh, en], number, properties = {}) {
  const beside = say(make('span', { className: 'beside' }), '', en);
  const digits = make('span', { className: 'digits', ...properties }, number);
  return make('span', { className: 'line' }, beside, ` ${zh}：`, digits);
}

/**
 * The numbers of a payment, the one that its payer knows first: of another shop's order that is the
 * shop's. Ours is what WeChat calls 商户单号 where it tells what was paid.
 */
export function numberLines(payment, properties) {
  const { out_trade_no, merchant_order_no } = payment;
  const ordered = ['订单号', 'Order number'];
  if (!isShopOrder(payment)) return [numberLine(ordered, out_trade_no, properties)];
  const paid = ['商户单号', 'Number in WeChat'];
  return [numberLine(ordered, merchant_order_no), numberLine(paid, out_trade_no, properties)];
}

/** Shows what belongs to an order of this house, or to one of another shop. */
export function tellWhose(payment) {
  if (!isShopOrder(payment)) return showHouse();
  fill(at('number'), ...numberLines(payment, { id: 'out_trade_no' }));
  document.documentElement.dataset.whose = 'shop';
}

/** Leads to where the shop said when it opened the payment, never to what an address says. */
export function offerReturn({ return_url, out_trade_no, merchant_order_no }) {
  if (return_url === null) return;
  const address = new URL(return_url);
  address.searchParams.set('out_trade_no', out_trade_no);
  address.searchParams.set('merchant_order_no', merchant_order_no);
  at('return').href = address.href;
  at('return').hidden = false;
}
