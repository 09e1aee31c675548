import { get, Problem, request } from '../request.js';

/** For who asks for a payment that is none, or is not theirs. */
export const noneAdvice = [
  '请核对单号，以及登录的是不是下单的账号。',
  'Check the number, and whether you are signed in with the account that ordered.',
];

/** Whatever stands in a page's address is sent on only if it can be a number of ours. */
function checked(out_trade_no) {
  if (/^[0-9]{1,20}$/.test(out_trade_no)) return out_trade_no;
  const title = ['单号不正确', 'This is not the number of a payment'];
  throw new Problem({ status: 404, code: 'payment/not-found', title });
}

const pathOf = (out_trade_no) => `/api/payments/${checked(out_trade_no)}`;

/**
 * `{ code_url, total_fee, out_trade_no }` of this payment; `{}` if there is nothing to pay. Safe
 * to repeat: it gives the same code.
 */
export async function createNative(out_trade_no) {
  const query = new URLSearchParams({ out_trade_no: checked(out_trade_no) });
  // The server answers within 15 s, whatever WeChat does.
  const options = { limitMs: 20_000, untilWoken: true };
  return (await request('GET', `/pay/createNative.do?${query}`, options)).data;
}

/**
 * Waits until it is known, or somebody wishes it closed, or WeChat has money for it that it cannot
 * take: `{ success, message }` with the three messages of the server. After `waitMsMax` it fails as
 * an unanswered request does.
 */
export async function queryPayStatus({ out_trade_no, closing, held }, waitMsMax) {
  const query = new URLSearchParams({ out_trade_no, closing, held });
  const options = { limitMs: waitMsMax, untilWoken: true };
  return (await request('GET', `/pay/queryPayStatus.do?${query}`, options)).data;
}

/** The payment as the server knows it; amounts are shown from here and nowhere else. */
export async function getPayment(out_trade_no) {
  return get(pathOf(out_trade_no));
}

const hasFailed = ({ status }) => status === 'REFUNDCLOSE' || status === 'CHANGE';

/** One that was asked for since the other failed, and of as much; of its order, if both tell. */
function isRepeatOf(failed, { create_time, refund_fee, order_id }) {
  const orders = [failed.order_id, order_id];
  const isOfOrder = orders.includes(undefined) || order_id === failed.order_id;
  const isLater = Date.parse(create_time) >= Date.parse(failed.fail_time);
  return isLater && isOfOrder && refund_fee === failed.refund_fee;
}

/**
 * Of refunds, newest first, those that have failed, each with the one by which it was asked for
 * again, or undefined: each repeat is of one.
 */
export function repeatsOf(refunds) {
  const asked = [...refunds].reverse();
  const repeats = new Map();
  for (const failed of refunds.filter(hasFailed)) {
    const taken = [...repeats.values()];
    const isRepeat = (one) => !taken.includes(one) && isRepeatOf(failed, one);
    repeats.set(failed, asked.find(isRepeat));
  }
  return repeats;
}

/** Those that have failed for good so far. */
function unrepeated(refunds) {
  const pairs = [...repeatsOf(refunds)];
  return pairs.filter(([, repeat]) => repeat === undefined).map(([failed]) => failed);
}

const feesOf = (refunds) => refunds.map(({ refund_fee }) => refund_fee);
const feeOf = (refunds) => feesOf(refunds).reduce((sum, fee) => sum + fee, 0);

/** In fen. */
function movedOf(refunds) {
  const ofStatus = (wanted) => refunds.filter(({ status }) => status === wanted);
  return { fee_back: feeOf(ofStatus('SUCCESS')), fee_under_way: feeOf(ofStatus('PROCESSING')) };
}

/** Whose money goes back by itself: such a refund is named by the transaction; null: any other. */
export const transactionOf = ({ out_trade_no, out_refund_no }) =>
  out_refund_no.startsWith(`${out_trade_no}-`) && !out_refund_no.startsWith(`${out_trade_no}-op-`)
    ? out_refund_no.slice(out_trade_no.length + 1)
    : null;

/**
 * What goes back of a payment, and as `besides` of what was paid once more for it, in fen. What
 * WeChat has brought none of is in `fees_failed`, one by one, and `fee_failed`, which nobody asks
 * for again.
 */
export async function refundsOf(out_trade_no) {
  const { refunds } = await get(`${pathOf(out_trade_no)}/refunds`);
  const isBesides = (refund) => transactionOf(refund) !== null;
  const [asked, besides] = [refunds.filter((one) => !isBesides(one)), refunds.filter(isBesides)];
  return {
    ...movedOf(asked),
    fees_failed: feesOf(unrepeated(asked)),
    besides: { ...movedOf(besides), fee_failed: feeOf(besides.filter(hasFailed)) },
  };
}

/** `{ payments, cursor }`, newest first; an empty `trade_state` means all of them. */
export async function listPayments({ trade_state, cursor }) {
  const query = new URLSearchParams({ limit: '20' });
  if (trade_state) query.set('trade_state', trade_state);
  if (cursor) query.set('cursor', cursor);
  return (await request('GET', `/api/payments?${query}`)).data;
}

/** Closes it, or keeps the wish, since WeChat takes no close so soon after the code. */
export async function closePayment(out_trade_no) {
  await request('POST', `${pathOf(out_trade_no)}/close`, { limitMs: 20_000 });
}

/** Whether WeChat could not be asked about it lately, so that nobody knows whether it is paid. */
export function isUnknown({ unknown_time }) {
  return unknown_time !== null;
}

/** Whether its orders were paid, also if some of the money went back since. */
export function isPaid({ trade_state }) {
  return trade_state === 'SUCCESS' || trade_state === 'REFUND';
}
