// What the console asks the gateway.
import { get, request } from '../../js/request.js';

/** `?a=1&b=2`, without what is empty. */
export function queryOf(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== '' && value !== null);
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept)}`;
}

const paymentPath = (out_trade_no) => `/api/payments/${encodeURIComponent(out_trade_no)}`;

/** `{ payments, cursor }`, newest first: `q` is any number of it, its user, or a mobile. */
export const listPayments = (wanted) => get(`/api/payments${queryOf(wanted)}`);

export const listOrders = (out_trade_no) =>
  get(`/api/orders${queryOf({ out_trade_no, limit: 100 })}`);

export const listRefunds = (out_trade_no) => get(`${paymentPath(out_trade_no)}/refunds`);

/** Every event of a payment, oldest first. */
export async function timelineOf(out_trade_no) {
  const events = [];
  let cursor = null;
  do {
    const page = await get(`${paymentPath(out_trade_no)}/timeline${queryOf({ cursor })}`);
    events.push(...page.events);
    cursor = page.cursor;
  } while (cursor !== null);
  return events;
}

export const listAnomalies = (wanted) => get(`/api/anomalies${queryOf(wanted)}`);

export const listDeliveries = (wanted) => get(`/api/deliveries${queryOf(wanted)}`);

/** The payments of a day in figures; of today without one. */
export const getStatistics = (day) => get(`/api/statistics${queryOf({ day })}`);

// ---- what changes something: asked once by whoever has confirmed it

/** WeChat answers within this, or a service says that it does not. */
const wechatLimitMs = 25_000;

async function post(path, { limitMs, body, headers } = {}) {
  return (await request('POST', path, { body, headers, limitMs })).data;
}

export const resolveAnomaly = ({ anomaly_id }, note) =>
  post(`/api/anomalies/${anomaly_id}/resolve`, { body: { note } });

export const replayDelivery = ({ event_id }) => post(`/api/deliveries/${event_id}/replay`);

/** The payment as it is once WeChat has been asked. */
export const askWechat = (out_trade_no) =>
  post(`${paymentPath(out_trade_no)}/inquiry`, { limitMs: wechatLimitMs });

/** `CLOSED`, or `closing` as long as WeChat takes no close. */
export const closePayment = (out_trade_no) =>
  post(`${paymentPath(out_trade_no)}/close`, { limitMs: wechatLimitMs });

/** The same key, the same refund. */
export const refundPayment = (out_trade_no, { refund_fee, reason, order_id }, idempotencyKey) =>
  post(`${paymentPath(out_trade_no)}/refunds`, {
    body: { refund_fee, reason, order_id },
    headers: { 'Idempotency-Key': idempotencyKey },
  });

/** WeChat is asked twice, and each dialect for itself. */
export const checkWechat = () => post('/api/wechat/check', { limitMs: 2 * wechatLimitMs });

// ---- the comparison with WeChat's bills

export const listReconciliations = (wanted) => get(`/api/reconciliations${queryOf(wanted)}`);

const dayPath = (day) => `/api/reconciliations/${encodeURIComponent(day)}`;

export const getReconciliation = (day, wanted) => get(`${dayPath(day)}${queryOf(wanted)}`);

/** Where the raw file is: `trade` or `fundflow`. */
export const billFileAddress = (day, kind) => `${dayPath(day)}/files/${kind}`;

export const reconcile = (day) => post(dayPath(day), { body: {} });
