// The two ends of a payment for an order of a shop's own: the link that its payer comes by, and
// the way back to the shop.
import { at, numberInAddress, say } from './page.js';
import { Problem, request } from './request.js';

/** It is no payment over a cart of this house: its payer is anybody who has the link. */
export const isShopOrder = ({ merchant_order_no }) => merchant_order_no !== null;

/** What this page was opened with; it is kept nowhere else than in its memory. */
const key = new URLSearchParams(location.hash.slice(1)).get('key');

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

/**
 * Shows what belongs to an order of this house, or to one of another shop: its payer knows it by
 * the number of that shop. Ours is what WeChat calls 商户单号 where it tells what was paid.
 */
export function tellWhose(payment) {
  if (!isShopOrder(payment)) return showHouse();
  at('merchant_order_no').textContent = payment.merchant_order_no;
  at('number-name').textContent = '商户单号：';
  say(at('number-beside'), '', 'Number in WeChat');
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
