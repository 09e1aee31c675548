import { request } from '../request.js';

export async function signOut() {
  await request('DELETE', '/api/session');
}

/** The `user_id` of who is signed in. */
export async function getUser() {
  return (await request('GET', '/api/session')).data.user_id;
}

/**
 * A page of what is for sale, open to everybody: `data` is `[{ item_id, seller_id, title, price,
 * image }]`, prices in fen; `next` is the path of the next page, or null.
 */
export async function getItems(path = '/api/items') {
  return request('GET', path);
}

/** `{ lines: [{ item_id, seller_id, title, price, num, total_fee }], total_fee }`, in fen. */
export async function getCart() {
  return (await request('GET', '/api/cart')).data;
}

/** Sets how many pieces of an item are in the cart (0 takes it out) and gives the cart. */
export async function putCartItem(item_id, num) {
  const path = `/api/cart/items/${encodeURIComponent(item_id)}`;
  return (await request('PUT', path, { body: { num } })).data;
}

export async function clearCart() {
  await request('DELETE', '/api/cart');
}

/** Checks out: `{ order_ids, out_trade_no?, total_fee }`. The same key, the same orders. */
export async function addOrder(order, idempotencyKey) {
  const headers = { 'Idempotency-Key': idempotencyKey };
  const options = { body: order, headers, limitMs: 20_000 };
  return (await request('POST', '/api/orders', options)).data;
}

/** My newest order, or undefined if there is none. */
export async function getNewestOrder() {
  return (await request('GET', '/api/orders?limit=1')).data.orders[0];
}

/**
 * `{ orders, cursor }`, newest first, from `cursor` on, which is null for the first page. With the
 * number of a payment, only its orders.
 */
export async function listOrders(cursor, out_trade_no) {
  const query = new URLSearchParams({ limit: '20' });
  if (out_trade_no !== null) query.set('out_trade_no', out_trade_no);
  if (cursor !== null) query.set('cursor', cursor);
  return (await request('GET', `/api/orders?${query}`)).data;
}

/** One order, `{ items: [{ item_id, title, price, num, ... }], ... }`. */
export async function getOrder(order_id) {
  return (await request('GET', `/api/orders/${encodeURIComponent(order_id)}`)).data;
}
