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

/** Money moves seldom: that it does so between all of these readings is next to impossible. */
const readingsMax = 3;

const isSameMoney = (one, other) =>
  ['trade_state', 'transaction_id', 'refund_fee'].every((name) => one[name] === other[name]);

/**
 * The payment, and what `read` gives of it: of one moment, since a refund that came back in between
 * would be told twice, or not at all. `payment` was read before.
 */
export async function ofOneMoment(payment, read, readings = 1) {
  const found = await read();
  const now = await getPayment(payment.out_trade_no);
  if (isSameMoney(payment, now) || readings === readingsMax) return { ...found, payment: now };
  return ofOneMoment(now, read, readings + 1);
}

const hasFailed = ({ status }) => status === 'REFUNDCLOSE' || status === 'CHANGE';

/** Whether both may be of one order: they are not if each names another. */
const isOfOrder = (one, { order_id }) =>
  [one.order_id, order_id].includes(undefined) || order_id === one.order_id;

/** Whether one was asked for since the other failed; of its order, if both tell. */
const isSince = (failed, one) =>
  isOfOrder(failed, one) && Date.parse(one.create_time) >= Date.parse(failed.fail_time);

/**
 * Of refunds, newest first, those that have failed, each with the one of as much by which it was
 * asked for again, or undefined: each repeat is of one.
 */
function repeatsOf(refunds) {
  const repeats = new Map();
  for (const failed of refunds.filter(hasFailed)) {
    const newer = refunds.slice(0, refunds.indexOf(failed)).reverse();
    const taken = [...repeats.values()];
    const isRepeat = (one) =>
      !taken.includes(one) && one.refund_fee === failed.refund_fee && isSince(failed, one);
    repeats.set(failed, newer.find(isRepeat));
  }
  return repeats;
}

/** The one whose repeat it is, or that one's, and so on; itself if it repeats none. */
function firstOf(refund, repeats) {
  const [failed] = [...repeats].find(([, repeat]) => repeat === refund) ?? [];
  return failed ? firstOf(failed, repeats) : refund;
}

/** Whose money goes back by itself: such a refund is named by the transaction; null: any other. */
export const transactionOf = ({ out_trade_no, out_refund_no }) =>
  out_refund_no.startsWith(`${out_trade_no}-`) && !out_refund_no.startsWith(`${out_trade_no}-op-`)
    ? out_refund_no.slice(out_trade_no.length + 1)
    : null;

const isAsked = (refund) => transactionOf(refund) === null;

/** What was asked for since this one failed, or the first whose repeat it may be. */
export function askedSince(failed, refunds) {
  const asked = refunds.filter(isAsked);
  const first = firstOf(failed, repeatsOf(asked));
  return asked.filter((one) => one.out_refund_no !== failed.out_refund_no && isSince(first, one));
}

/** Of those that were asked for since, the ones of as much that have failed, too. */
export const failedAlike = (failed, since) =>
  since.filter(
    (one) => hasFailed(one) && one.refund_fee === failed.refund_fee && isOfOrder(failed, one),
  );

/** Those that have failed, and in whose place one of these may have been asked for. */
export const failedBefore = (later, refunds) =>
  refunds.filter(
    (failed) => isAsked(failed) && hasFailed(failed) && later.some((one) => isSince(failed, one)),
  );

/**
 * What was refunded since this one failed, or the first whose repeat it is, and may be instead of
 * it: not what has failed, nor what repeats another one beside it.
 */
function othersSince(failed, refunds) {
  const repeats = repeatsOf(refunds.filter(isAsked));
  const first = firstOf(failed, repeats);
  // Of two that have failed the later one may be instead of the other: so may its repeat.
  const isInstead = (begun) => isSince(first, begun) || isSince(begun, first);
  return askedSince(failed, refunds).filter(
    (one) => !hasFailed(one) && isInstead(firstOf(one, repeats)),
  );
}

const feesOf = (refunds) => refunds.map(({ refund_fee }) => refund_fee);
/** Of all of them, in fen. */
export const feeOf = (refunds) => feesOf(refunds).reduce((sum, fee) => sum + fee, 0);

/** In fen. */
function movedOf(refunds) {
  const ofStatus = (wanted) => refunds.filter(({ status }) => status === wanted);
  return { fee_back: feeOf(ofStatus('SUCCESS')), fee_under_way: feeOf(ofStatus('PROCESSING')) };
}

/** What was refunded since any of these failed, by others. */
const feeSince = (failed, refunds) =>
  feeOf([...new Set(failed.flatMap((one) => othersSince(one, refunds)))]);

/**
 * What goes back of a payment, and as `besides` of what was paid once more for it, in fen. What
 * WeChat has brought none of is in `fees_failed`, one by one, and `fee_failed`, which nobody asks
 * for again; in `fee_since` what was refunded in other amounts since, and may be instead of it.
 */
export async function refundsOf(out_trade_no) {
  const { refunds } = await get(`${pathOf(out_trade_no)}/refunds`);
  const [asked, besides] = [refunds.filter(isAsked), refunds.filter((one) => !isAsked(one))];
  const repeats = repeatsOf(asked);
  const failed = asked.filter((one) => hasFailed(one) && repeats.get(one) === undefined);
  const failedBesides = besides.filter(hasFailed);
  // Only a refund that was made elsewhere can be of that: then it is told there, and there alone.
  const isElsewhere = ({ out_refund_no }) => !out_refund_no.startsWith(`${out_trade_no}-`);
  const own = failedBesides.length > 0 ? asked.filter((one) => !isElsewhere(one)) : asked;
  return {
    ...movedOf(own),
    fees_failed: feesOf(failed),
    fee_since: feeSince(failed, asked),
    besides: {
      ...movedOf(besides),
      fee_failed: feeOf(failedBesides),
      fee_since: feeSince(failedBesides, refunds.filter(isElsewhere)),
    },
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
