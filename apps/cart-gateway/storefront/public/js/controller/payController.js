// pay.html: gets the code and waits until it is paid or closed.
import { addressToCopy, bringKey, cameByLink, linkAdvice, showHouse, tellWhose } from '../link.js';
import { at, go, notes, numberInAddress, say, tell } from '../page.js';
import { draw, isPayable, show, showGoods, showTime, tellState } from '../pay-view.js';
import { pause, pauseMsAfter, persist, wake } from '../request.js';
import * as payService from '../service/payService.js';
import { getUser } from '../service/shopService.js';
import { guarded } from '../session.js';
import { hideProblem, nameOf, retrying, showProblem } from '../trouble.js';
import { reasonToLook, takeTurns } from '../waiting.js';

/** A code is asked for again this often: while a page does so, WeChat is asked for news often. */
const codeMsMax = 300_000;
/** The same while WeChat cannot be asked: it may be that nobody is to pay by this code any more. */
const unsureCodeMsMax = 30_000;
/** So long after the server was told to ask WeChat soon it mostly has, or knows that it cannot. */
const answerMs = 5_000;

/** What the page shows; see `show`. */
const seen = {
  payment: null,
  native: null,
  problem: null,
  unseen: null,
  saysPaid: false,
  saysUnpaid: false,
};
/** When its code was asked for, when it may be asked for again, and failures since the last one. */
const asked = { ms: 0, nextMs: 0, failures: 0 };
let isUnpayableShown = false;

function onTrouble(problem) {
  seen.unseen = problem;
  show(seen);
  retrying(at('state'), nameOf(problem));
}
/** A page that waits for money never gives up: it asks ever more slowly. */
const stubbornly = (work) => persist(work, { triesMax: Infinity, onTrouble });

/** Once a second. */
function tick() {
  const { payment } = seen;
  if (payment === null) return;
  if (isPayable(payment)) {
    isUnpayableShown = false;
    showTime(payment);
  } else if (!isUnpayableShown) {
    isUnpayableShown = true;
    show(seen);
    wake();
  }
}

// ---- asking and waiting

/** The number in the address, else that of my newest unpaid payment; null if there is none. */
async function findNumber() {
  const named = numberInAddress();
  if (named !== null) return named;
  if (!cameByLink) showHouse();
  const user_id = await getUser();
  const { payments } = await payService.listPayments({ trade_state: 'NOTPAY' });
  // An operator's list has the payments of everybody.
  const mine = payments.find((payment) => payment.user_id === user_id);
  return mine ? mine.out_trade_no : null;
}

async function look(out_trade_no) {
  const isFirst = seen.payment === null;
  seen.payment = await stubbornly(() => payService.getPayment(out_trade_no));
  seen.unseen = null;
  // It was said of that time: until the next one it may be paid.
  if (!payService.isUnknown(seen.payment) && seen.problem === null) seen.saysUnpaid = false;
  show(seen);
  if (!isFirst) return;
  tellWhose(seen.payment);
  showGoods(seen.payment);
}

const isRefused = () => seen.problem !== null && !seen.problem.passing;

/** A refusal stays as it is until somebody has changed something, so only the payer asks again. */
function needsCode(isOld) {
  const { payment, native, problem } = seen;
  if (isRefused() || performance.now() < asked.nextMs) return false;
  if (payment !== null && !isPayable(payment)) return false;
  return native === null || problem !== null || isOld;
}

/** Asks for the code once; if none is given, the page says why. */
async function askForCode(out_trade_no) {
  const onSlow = () => seen.native === null && seen.problem === null && tellState('slow');
  const work = () => payService.createNative(out_trade_no);
  try {
    const answer = await persist(work, { triesMax: 1, onTrouble: onSlow });
    const hasCode = answer.code_url !== undefined;
    Object.assign(seen, { native: hasCode ? answer : null, problem: null });
    asked.failures = hasCode ? 0 : asked.failures + 1;
    if (hasCode) draw(answer);
  } catch (problem) {
    if (problem.status === 401 || (problem.status === 404 && !problem.passing)) throw problem;
    seen.problem = problem;
    asked.failures += 1;
    // While a code lives WeChat is not asked for another: the one that is shown is dead.
    if (!problem.passing || problem.code === 'wechat/unavailable') seen.native = null;
  }
  asked.ms = performance.now();
  // Nothing to pay: the next look, at once, says why.
  const isOver = seen.problem === null && asked.failures < 2;
  asked.nextMs = asked.ms + (isOver ? 0 : pauseMsAfter(asked.failures, seen.problem));
  show(seen);
}

/** Ends when it is time to go on; says whether the code is an old one by then. */
async function untilNext() {
  if (seen.native === null && !isRefused() && isPayable(seen.payment)) {
    if (await pause(asked.nextMs - performance.now())) askSoon();
    return false;
  }
  const message = await reasonToLook(seen.payment);
  const msMax = payService.isUnknown(seen.payment) ? unsureCodeMsMax : codeMsMax;
  return message === '二维码超时' || performance.now() - asked.ms > msMax;
}

/** Ends when there is nothing to wait for any more. */
async function untilDecided() {
  tellState('asking');
  await stubbornly(bringKey);
  const out_trade_no = await stubbornly(findNumber);
  if (out_trade_no === null) return tellNothing();
  // A page loaded again stays with its payment, also when that is no longer the newest unpaid one.
  history.replaceState(null, '', `?${new URLSearchParams({ out_trade_no })}`);
  for (let isOld = false; ; ) {
    await Promise.all([look(out_trade_no), needsCode(isOld) && askForCode(out_trade_no)]);
    const { payment } = seen;
    if (payService.isPaid(payment)) return go('paysuccess.html', out_trade_no);
    if (payment.trade_state !== 'NOTPAY') return go('payfail.html', out_trade_no);
    show(seen);
    tick();
    isOld = await untilNext();
  }
}

/** There is nothing that this reader may see or pay: no trace of another's payment stays. */
function tellNothing(title) {
  clearInterval(ticking);
  at('payment').remove();
  if (title) {
    tell('nothing-title', ...title);
    tell('nothing-why', ...(cameByLink ? linkAdvice : payService.noneAdvice));
  }
  if (!cameByLink) showHouse();
  at('nothing').hidden = false;
}

// ---- the payer's buttons

/** Looks at once, and lets the server ask WeChat soon, as whoever asks for the code does. */
function ask() {
  Object.assign(seen, { saysPaid: true, saysUnpaid: false });
  show(seen);
  at('ask').disabled = true;
  tell('state', '正在查询…', 'Asking…');
  wake();
  // Whoever may not see it any more is told so by the look.
  askForCode(seen.payment.out_trade_no).catch(() => {});
  setTimeout(wake, answerMs);
}

function askSoon() {
  Object.assign(asked, { nextMs: 0, failures: 0 });
}

function askAgain() {
  seen.problem = null;
  askSoon();
  show(seen);
  wake();
}

function showCode() {
  Object.assign(seen, { saysPaid: false, saysUnpaid: true });
  show(seen);
  at('ask').focus({ preventScroll: true });
  at('scan').scrollIntoView({ block: 'nearest' });
}

function askToCancel(isAsked) {
  at('cancel-ask').hidden = !isAsked;
  at('acts').hidden = isAsked;
  at(isAsked ? 'cancel-why' : 'cancel').focus();
}

async function cancel() {
  const { out_trade_no } = seen.payment;
  at('cancel-yes').disabled = true;
  hideProblem();
  // The fail page reads it: this payer wants the goods back, however soon it is closed.
  notes.set(`put-back-${out_trade_no}`, 'wished');
  try {
    await payService.closePayment(out_trade_no);
    wake();
  } catch (problem) {
    if (problem.code === 'payment/already-paid') wake();
    else if (problem.status === 401) location.reload();
    else showProblem(problem, cancel);
  }
  at('cancel-yes').disabled = false;
}

function listen() {
  at('ask').addEventListener('click', ask);
  at('show-code').addEventListener('click', showCode);
  at('again').addEventListener('click', askAgain);
  at('cancel').addEventListener('click', () => askToCancel(true));
  at('cancel-no').addEventListener('click', () => askToCancel(false));
  at('cancel-yes').addEventListener('click', cancel);
  at('in-wechat').hidden = !/MicroMessenger/.test(navigator.userAgent);
  if (!at('in-wechat').hidden) at('same-phone').classList.add('shown');
  at('copy').hidden = !navigator.clipboard;
  at('copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText(addressToCopy());
    say(at('copy'), '已复制', 'Copied');
  });
}

listen();
takeTurns();
// What waits would notice only when its time is over: a look fails, and says so, at once.
addEventListener('offline', wake);
const ticking = setInterval(tick, 1000);
guarded(async () => {
  at('payment').hidden = false;
  try {
    await untilDecided();
  } catch (problem) {
    if (problem.status === 404) return tellNothing(nameOf(problem));
    // Whatever code it had, nobody knows that it can still be paid.
    Object.assign(seen, { native: null, problem: null });
    for (const part of ['scan', 'acts', 'state']) at(part).hidden = true;
    // Without a bill there is nothing to see but the problem.
    at('payment').hidden = at('bill').hidden;
    throw problem;
  }
});
