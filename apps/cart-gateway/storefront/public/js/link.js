// The two ends of a payment for an order of a shop's own: the link that its payer comes by, and
// the way back to the shop.
import { at, numberInAddress } from './page.js';
import { request } from './request.js';

/** It is no payment over a cart of this house: its payer is anybody who has the link. */
export const isShopOrder = ({ merchant_order_no }) => merchant_order_no !== null;

/** What this page was opened with; it is kept nowhere else than in its memory. */
const key = new URLSearchParams(location.hash.slice(1)).get('key');

/** The address for another device: it has no cookie, so whoever came by a link needs the key. */
export const addressToCopy = () => (key ? `${location.href}#key=${key}` : location.href);

/**
 * Changes the key behind `#key=` for a cookie, by which this one payment can be seen and paid. The
 * address is without it as soon as the page writes it anew. A wrong key is 404.
 */
export async function bringKey() {
  const out_trade_no = numberInAddress();
  if (!key || out_trade_no === null) return;
  const path = `/api/payments/${encodeURIComponent(out_trade_no)}/key`;
  await request('POST', path, { body: { key } });
}

/** Leads to where the shop said when it opened the payment, never to what an address says. */
export function offerReturn({ return_url, out_trade_no, merchant_order_no }) {
  if (return_url === null) return;
  const address = new URL(return_url);
  address.searchParams.set('out_trade_no', out_trade_no);
  address.searchParams.set('merchant_order_no', merchant_order_no);
  at('return').href = address.href;
  at('return').hidden = false;
  // Who is led back to the seller has no business in this shop.
  for (const other of ['to-shop', 'to-payments']) at(other).hidden = true;
}
