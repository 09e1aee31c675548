// paysuccess.html and payfail.html: say what the server says, whatever the address says.
import { isShopOrder, offerReturn, showHouse, tellWhose } from '../link.js';
import { at, fill, go, moment, money, numberInAddress, tell } from '../page.js';
import { lateMoneyOf } from '../payment-state.js';
import { endOffer, offerGoods } from '../put-back.js';
import { wordsOfBesidesFailed, wordsOfFailed } from '../refund-words.js';
import { nextWake, persist, wake } from '../request.js';
import {
  getPayment,
  isPaid,
  isUnknown,
  noneAdvice,
  ofOneMoment,
  refundsOf,
} from '../service/payService.js';
import { guarded } from '../session.js';
import { nameOf, retrying } from '../trouble.js';
import { closedUnpaid, closing, held, unasked, unpaid } from '../undecided.js';
import { reasonToLook, reasonToLookLate, takeTurns } from '../waiting.js';

/** The payment as the page shows it. */
let shown;

/** The payment that the address names, or null if it names none or one that is not ours to see. */
async function findPayment() {
  const out_trade_no = numberInAddress();
  if (out_trade_no === null) return null;
  const onTrouble = (problem) => {
    shown = undefined;
    // It may be paid by now.
    at('pay').hidden = true;
    retrying(at('reason'), nameOf(problem)).hidden = false;
  };
  try {
    return await persist(() => getPayment(out_trade_no), { triesMax: Infinity, onTrouble });
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

function tellUnknown() {
  tell('headline', '没有这笔支付', 'There is no such payment');
  tell('reason', ...noneAdvice);
}

/** Of money that came besides: it is not this payer's, unless they have paid twice. */
function tellBesides(besides) {
  const { fee_back, fee_under_way, fee_failed } = besides;
  const [back, underWay] = [fee_back, fee_under_way].map(money);
  const sentences = [
    fee_under_way > 0 && [
      `另有人（或您再次）付了 ${underWay}：将退回给那一笔的付款人。`,
      `It was paid once more: ${underWay} is to go back to whoever paid that.`,
    ],
    fee_back > 0 && [
      `另有人（或您再次）付了 ${back}：已退回给那一笔的付款人。`,
      `It was paid once more: ${back} is back with whoever paid that.`,
    ],
    fee_failed > 0 && wordsOfBesidesFailed(besides),
  ].filter(Boolean);
  if (sentences.length === 0) return;
  tell('besides', sentences.map(([zh]) => zh).join(''), sentences.map(([, en]) => en).join(' '));
}

/** Paid, also if some or all of it went back since: then that comes first. */
function showPaid(payment) {
  const { total_fee, pay_time, refund_fee, besides } = payment;
  const { fee_under_way = 0, fees_failed = [] } = payment;
  if (besides) tellBesides(besides);
  const refund = money(refund_fee);
  at('mark').className = refund_fee === 0 ? 'mark good' : 'mark back';
  if (refund_fee === 0) {
    tell('headline', '支付成功', '支付成功 · Payment received');
  } else if (refund_fee < total_fee) {
    tell('headline', '已支付，部分已退款', 'Paid, and partly refunded');
    tell('reason', `其中已退款 ${refund}`, `${refund} of it was paid back`);
  } else {
    tell('headline', '已退款', 'Refunded');
    tell('reason', `已全部退款 ${refund}`, `All of it was paid back: ${refund}`);
  }
  if (fee_under_way > 0) {
    const fee = money(fee_under_way);
    tell('under-way', `${fee} 的退款正在处理`, `A refund of ${fee} is being processed`);
  }
  if (fees_failed.length > 0) tell('failed', ...wordsOfFailed(payment));
  at('money').textContent = money(total_fee);
  at('paid').hidden = false;
  if (pay_time) {
    fill(at('pay_time'), moment(pay_time));
    at('when').hidden = false;
  }
}

/** WeChat has money for it: neither this nor the same goods are to be paid again. */
function showHeld(payment) {
  // That they are back in the cart would invite to order them again.
  at('goods').hidden = true;
  tell('headline', '请勿再付款', '请勿再付款 · Do not pay again');
  tell('reason', ...held);
  const late = lateMoneyOf(payment);
  if (late) tell('late', ...late);
}

/** Neither paid nor closed, as far as anybody knows; it may be about to be closed. */
function showUnpaid(payment) {
  if (payment.closing) {
    tell('headline', '关闭中', '关闭中 · Closing');
    tell('reason', ...closing);
    return;
  }
  if (isUnknown(payment)) {
    tell('headline', '尚未确认', 'Not confirmed yet');
    tell('reason', ...unasked);
    return;
  }
  tell('headline', '尚未支付', 'Not paid yet');
  tell('reason', ...unpaid);
  const { out_trade_no } = payment;
  at('pay').href = `pay.html?${new URLSearchParams({ out_trade_no })}`;
  at('pay').hidden = false;
}

function showClosed(payment) {
  tell('headline', '支付已关闭', 'The payment is closed');
  tell('reason', ...(lateMoneyOf(payment) ?? closedUnpaid));
  if (!isShopOrder(payment)) offerGoods(payment);
}

function showNotPaid(payment) {
  at('mark').className = 'mark bad';
  if (payment === null) tellUnknown();
  else if (payment.held) showHeld(payment);
  else if (payment.trade_state === 'NOTPAY') showUnpaid(payment);
  else showClosed(payment);
}

function successPage(payment) {
  if (payment !== null && isPaid(payment)) showPaid(payment);
  else showNotPaid(payment);
}

function failPage(payment) {
  if (payment !== null && isPaid(payment)) go('paysuccess.html', payment.out_trade_no);
  else showNotPaid(payment);
}

function showNews(page, payment) {
  const news = JSON.stringify(payment);
  if (news !== shown) {
    for (const part of ['reason', 'late', 'under-way', 'failed', 'besides', 'pay']) {
      at(part).hidden = true;
    }
    endOffer();
    if (at('to-cart') !== null) at('to-cart').hidden = payment?.held === true;
    at('number').hidden = payment === null;
    if (payment === null) showHouse();
    else {
      at('out_trade_no').textContent = payment.out_trade_no;
      tellWhose(payment);
      // Who can still pay has no business at the seller yet.
      if (payment.trade_state !== 'NOTPAY') offerReturn(payment);
    }
    page(payment);
  }
  shown = news;
}

/** Tries as long as it takes, and says nothing of it: the page says what is known. */
const steadily = (work) => persist(work, { triesMax: Infinity });

const mayLateMoneyCome = ({ trade_state, held: isHeld, refund_fee }) =>
  trade_state === 'CLOSED' && !isHeld && refund_fee === 0;

/** What has failed, what was refunded since, and what of it is missing at most, in fen. */
function failedOf({ fees_failed, fee_since }, left) {
  const missing = fees_failed.reduce((sum, fee) => sum + fee, -fee_since);
  return { fees_failed, fee_since, fee_missing: Math.max(0, Math.min(missing, left)) };
}

/** A paid one as it is told, also with what is on its way back, and what did not get there. */
async function withRefunds(seen) {
  if (!isPaid(seen)) return seen;
  const read = () => refundsOf(seen.out_trade_no);
  const found = await steadily(() => ofOneMoment(seen, read));
  const { payment, fee_under_way, besides } = found;
  const left = payment.total_fee - payment.refund_fee - fee_under_way;
  // Once all of it is back, or on its way, what has failed before is made good.
  const told = { fee_under_way, ...(left > 0 && failedOf(found, left)) };
  const isToTell = [told, besides]
    .flatMap(Object.values)
    .flat()
    .some((fee) => fee > 0);
  return isToTell ? { ...payment, ...told, besides } : payment;
}

/**
 * Money goes back long after it was paid, and may come after the close: the page looks again
 * whenever somebody comes back to it, often while money is known to be, or may be, on its way, and
 * for a while now and then, since a refund may begin or end. What is new is followed as long as
 * what was there first. What it cannot ask stays as it is.
 */
async function follow(page, settled) {
  let sinceMs = performance.now();
  let known = '';
  for (let payment = settled; ; ) {
    const before = shown;
    // What it says itself waits for no other answer.
    if (JSON.stringify(payment) !== known) showNews(page, payment);
    known = JSON.stringify(payment);
    const told = await withRefunds(payment);
    showNews(page, told);
    if (shown !== before) sinceMs = performance.now();
    const areUnderWay = [told, told.besides ?? {}].some((fees) => fees.fee_under_way > 0);
    const isSoon = areUnderWay || mayLateMoneyCome(payment);
    const mayGoBack = payment.refund_fee < payment.total_fee;
    if (!(isSoon || mayGoBack) || !(await reasonToLookLate(sinceMs, isSoon))) {
      await nextWake();
      sinceMs = performance.now();
    }
    payment = await steadily(() => getPayment(settled.out_trade_no));
  }
}

/** Whoever is signed in no more, or whose link is over, goes on reading what the page says. */
async function untilSignedOut(following) {
  await following.catch((problem) => {
    if (problem.status !== 401 && problem.status !== 404) throw problem;
  });
}

/** Looks again as long as the payment may still become another one than the page says. */
async function untilDecided(page) {
  for (;;) {
    const payment = await findPayment();
    showNews(page, payment);
    if (payment === null) return;
    if (payment.trade_state !== 'NOTPAY') return untilSignedOut(follow(page, payment));
    await reasonToLook(payment);
  }
}

const pages = { paysuccess: successPage, payfail: failPage };
takeTurns();
// A window beside others is seen all the time: that it gets the focus is all that it hears.
addEventListener('focus', wake);
guarded(() => untilDecided(pages[document.querySelector('main').dataset.page]));
