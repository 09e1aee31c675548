// Refunding a payment: the amount as it is typed, and one key until the answer is known.
import { clearIssues, showIssue, wrongFields } from '../../js/fields.js';
import { drawKey } from '../../js/key.js';
import { at, money, notes, say, tell } from '../../js/page.js';
import { acting, viewerId } from './access.js';
import { fenOf, typed } from './amount.js';
import { failuresTold, isAccountClosed, warningsOf } from './back.js';
import { confirmed, tellDone } from './confirm.js';
import { refundedSince, tellMeanwhile } from './meanwhile.js';
import { canBeOfAll, leftOfOrder, offerOrders, ordersOf } from './refund-orders.js';
import { refundPayment } from './service.js';

const noteOf = ({ out_trade_no }) => `refund-${out_trade_no}`;

/** A refund of this reader's that was sent unanswered: `{ key, refund_fee, reason, order_id }`. */
function keptRefund(payment) {
  const kept = JSON.parse(notes.get(noteOf(payment)) || 'null');
  // A key counts for its user alone: sent by another one it would be another refund.
  return kept !== null && kept.user_id === viewerId() ? kept : null;
}

/** What is left is told by the server in fen; people read it as money. */
function inYuan(problem) {
  const [said = ''] = problem.advice ?? [];
  const [, fen, what] = /^([0-9]+) fen are left of the (payment|order)/.exec(said) ?? [];
  if (fen === undefined) return problem;
  const left = money(Number(fen));
  const whole = what === 'order' ? '这个订单' : '这笔支付';
  const [, asked] = /; ([0-9]+) fen are asked for, and not back/.exec(said) ?? [];
  const [zh, en] =
    asked === undefined
      ? ['', '']
      : [
          `已申请、还没有到账的有 ${money(Number(asked))}：见下面的退款。`,
          ` ${money(Number(asked))} is asked for, and not back: see its refunds below.`,
        ];
  const advice = [`${whole}还可退 ${left}。${zh}`, `${left} is left of the ${what}.${en}`];
  return Object.assign(problem, { advice });
}

const forget = (payment) => notes.set(noteOf(payment), '');

async function send(payment, wish) {
  const before = notes.get(noteOf(payment));
  notes.set(noteOf(payment), JSON.stringify({ ...wish, user_id: viewerId() }));
  try {
    const refund = await refundPayment(payment.out_trade_no, wish, wish.key);
    forget(payment);
    return refund;
  } catch (problem) {
    // Whom the gateway refuses was not even looked at, but an earlier try may have been.
    const isDenied = problem.status === 401 || problem.code?.startsWith('auth/');
    if (isDenied) notes.set(noteOf(payment), before ?? '');
    else if (!problem.passing) forget(payment);
    throw inYuan(problem);
  }
}

/** Sends it if still so much went back as was shown; otherwise gives what did, as `news`. */
async function sendUnlessNews(shown, wish) {
  const isFirst = keptRefund(shown.payment) === null;
  const news = await refundedSince(shown, { mayBeOwn: !isFirst }).catch((problem) => {
    throw Object.assign(problem, { unsent: isFirst });
  });
  return news === null ? send(shown.payment, wish) : { news };
}

/** The most that can be refunded of what is chosen. */
function mostOf(shown) {
  const { left, orders } = shown;
  const named = orders.find(({ order_id }) => order_id === at('order_id').value);
  return named ? Math.min(left, leftOfOrder(named, shown)) : left;
}

const noAmount = [
  '请填写大于 0 的金额，例如 1000 或 59.90：只用半角数字和小数点，不用逗号，最多两位小数',
  'Enter more than 0, such as 1000 or 59.90: only digits and a point, no comma, and at most two ' +
    'digits behind the point',
];

/** What the form says, or null: then it stands beside the field what is wrong. */
function readForm(shown) {
  const [amount, reason, order] = [at('refund_fee'), at('reason'), at('order_id')];
  const most = mostOf(shown);
  clearIssues(at('refund'));
  const refund_fee = fenOf(amount.value);
  if (amount.value.trim() === '') {
    showIssue(amount, ['请填写金额，例如 59.90', 'Enter an amount such as 59.90']);
  } else if (refund_fee === null || refund_fee === 0) {
    showIssue(amount, noAmount);
  } else if (refund_fee > most) {
    showIssue(amount, [`最多可退 ${money(most)}`, `At most ${money(most)} is left`]);
  }
  const isOfAll = canBeOfAll(shown) && refund_fee === most;
  if (shown.orders.length > 1 && order.value === '' && !isOfAll) {
    showIssue(order, ['请选择退哪个订单。', 'Choose of which order it is.']);
  }
  if (reason.value.trim() === '') showIssue(reason, ['请填写此项。', 'Please fill this in.']);
  const [first] = wrongFields(at('refund'));
  first?.focus();
  if (first) return null;
  return { refund_fee, reason: reason.value.trim(), order_id: order.value || undefined };
}

/** What had gone back or was under way when the form was still empty: its reader knows that. */
let begun = null;

function lookAgain(news) {
  begun = null;
  tellMeanwhile(news);
  return true;
}

async function refund(shown, wish) {
  const { payment } = shown;
  at('meanwhile').hidden = true;
  const mayBeOwn = keptRefund(payment) !== null;
  const before = await refundedSince(shown, { mayBeOwn });
  if (before !== null) return lookAgain(before);
  const fee = money(wish.refund_fee);
  const isAll = wish.refund_fee === payment.total_fee;
  const [zhShare, enShare] = isAll
    ? ['全部款项', 'all of it']
    : [`${money(payment.total_fee)} 中的一部分`, `a part of ${money(payment.total_fee)}`];
  return confirmed({
    title: [`退款 ${fee}？`, `Refund ${fee}?`],
    lines: [
      [`退给付款人：${zhShare}。`, `It goes back to the payer: ${enShare}.`],
      ...ordersOf(shown, wish).map(([zh, en]) => [`订单：${zh}`, `Order: ${en}`]),
      [`原因：${wish.reason}`, `Reason: ${wish.reason}`],
      ...warningsOf(shown),
      ...failuresTold(shown),
    ],
    label: [`退款 ${fee}`, `Refund ${fee}`],
    work: () => sendUnlessNews(shown, wish),
    done({ news, refund_fee, out_refund_no }) {
      if (news) return lookAgain(news);
      tellDone(
        `退款 ${money(refund_fee)} 已记录。退款单号 ${out_refund_no}`,
        `The refund of ${money(refund_fee)} is recorded: ${out_refund_no}`,
        out_refund_no,
      );
      at('refund').reset();
    },
  });
}

let isAsking = false;

/**
 * The refunds are read before the question is seen, when a second click would ask it twice, and
 * after it, when the form is of before: meanwhile the button says that it takes none.
 */
async function askOnce(work, renew) {
  if (isAsking) return;
  const setAsking = (value) => {
    isAsking = value;
    at('refund-go').setAttribute('aria-disabled', String(value));
  };
  setAsking(true);
  try {
    await acting(work, renew);
  } finally {
    setAsking(false);
  }
}

/** One that was not answered is offered again as it was, and nothing else before it. */
function offerAgain(kept) {
  at('refund_fee').value = typed(kept.refund_fee);
  at('reason').value = kept.reason;
  at('order_id').value = kept.order_id ?? '';
  tell(
    'refund-kept',
    '上一次退款没有得到答复，不知道是否已记录。请原样再提交一次：只会退一次。',
    'The last refund was not answered: nobody knows whether it was recorded. Send it again as it ' +
      'is: it counts once.',
  );
}

/** What was said of a refund when it was recorded is over once it is not under way any more. */
function endRecorded(refunds) {
  const done = at('done');
  const about = refunds.find(({ out_refund_no }) => out_refund_no === done.dataset.about);
  if (about === undefined || about.status === 'PROCESSING') return;
  delete done.dataset.about;
  const fee = money(about.refund_fee);
  if (about.status === 'SUCCESS') say(done, `退款 ${fee} 已到账。`, `${fee} has gone back.`);
  else done.hidden = true;
}

/** Shows the form as far as there is something to refund; `renew` shows the payment anew. */
export function showRefund({ renew, ...shown }) {
  const { payment, left } = shown;
  endRecorded(shown.refunds);
  const kept = keptRefund(payment);
  const form = at('refund');
  form.hidden = left === 0 && kept === null;
  at('refund-kept').hidden = true;
  for (const id of ['refund_fee', 'reason']) at(id).readOnly = kept !== null;
  at('order_id').disabled = kept !== null;
  // Nobody knows how much is left where money may have gone back that is not here.
  const isUnsure = warningsOf(shown).length > 0 || isAccountClosed(shown);
  at('refund-all').hidden = kept !== null || isUnsure;
  const isBegun = kept === null && ['refund_fee', 'reason'].some((id) => at(id).value !== '');
  if (!isBegun || begun === null) begun = shown.refunds;
  offerOrders(shown);
  const most = () => mostOf(shown);
  const sayAll = () => say(at('refund-all'), `全部 ${money(most())}`, `All: ${money(most())}`);
  sayAll();
  at('order_id').onchange = () => {
    sayAll();
    clearIssues(form);
  };
  at('refund-all').onclick = () => {
    at('refund_fee').value = typed(most());
    clearIssues(form);
  };
  if (kept !== null) offerAgain(kept);
  form.onsubmit = (event) => {
    event.preventDefault();
    if (at('found').hasAttribute('aria-busy')) return;
    const read = kept ?? readForm(shown);
    if (read === null) return;
    const wish = { key: drawKey(), ...read };
    askOnce(() => refund({ ...shown, refunds: begun }, wish), renew);
  };
}
