import {
  at,
  both,
  chineseOf,
  go,
  guarded,
  hideProblem,
  make,
  moment,
  money,
  numberInAddress,
  pause,
  persist,
  showProblem,
  tell,
} from '../page.js';
import * as payService from '../service/payService.js';

/** How long a page waits for one answer: five minutes, as the server does if nobody changed it. */
const qrWaitMs = 300_000;
/** However fast the server answers, a page asks for its code no more often than this. */
const roundMsMin = 1_000;

/** A payment of which money went back later was paid, too. */
const isPaid = ({ trade_state }) => trade_state === 'SUCCESS' || trade_state === 'REFUND';

// ---- pay.html: draws the code and waits until it is paid, closed or renewed

const states = {
  waiting: ['等待支付', 'Waiting for your payment'],
  closing: [
    '已申请取消。微信暂时还不能关闭这笔支付，几分钟后会自动关闭，请不要再付款。',
    'It will be closed as soon as WeChat allows it, in a few minutes. Please do not pay it now.',
  ],
};
let state = 'waiting';
let ticking = 0;

function tellState(name) {
  state = name;
  tell('state', ...states[state]);
}

function startCountdown() {
  const deadline = Date.now() + qrWaitMs;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
    const rest = String(seconds % 60).padStart(2, '0');
    at('countdown').textContent = `${Math.floor(seconds / 60)}:${rest}`;
  };
  clearInterval(ticking);
  ticking = setInterval(tick, 1000);
  tick();
  at('renewal').hidden = false;
}

/** In the demo the server writes the sandbox's address into the page; elsewhere it is empty. */
function offerPhone(code_url) {
  const sandbox = document.querySelector('meta[name="sandbox"]').content;
  if (!/^https?:\/\//.test(sandbox)) return;
  const href = `${sandbox}/phone?code_url=${encodeURIComponent(code_url)}`;
  const link = make('a', { className: 'button', id: 'open-phone', href });
  Object.assign(link, { target: '_blank', rel: 'noopener' });
  link.append(...both('打开手机', 'Open the phone'));
  at('phone').replaceChildren(link);
  at('phone').hidden = false;
}

function draw({ code_url, total_fee, out_trade_no }) {
  at('money').textContent = money(total_fee);
  at('out_trade_no').textContent = out_trade_no;
  new globalThis.QRious({ element: at('qrious'), size: 250, level: 'H', value: code_url });
  at('qrious').hidden = false;
  offerPhone(code_url);
  // A page loaded again stays with its payment, also when that is no longer the newest unpaid one.
  history.replaceState(null, '', `?${new URLSearchParams({ out_trade_no })}`);
  at('bill').hidden = false;
  at('cancel').hidden = false;
  tellState('waiting');
}

function tellTrouble(problem, id = 'state') {
  tell(id, `${chineseOf(problem)}，正在重试…`, `${problem.title}. Trying again…`);
}

/** The close is wished but not done: the page shows no code any more, and goes on waiting. */
function showClosing() {
  at('scan').hidden = true;
  at('cancel').hidden = true;
  tellState('closing');
}

/** createNative answered `{}`: says why, and whether there is still something to wait for. */
async function explainNoCode(out_trade_no) {
  if (out_trade_no === null) {
    at('nothing').hidden = false;
    return false;
  }
  const payment = await persist(() => payService.getPayment(out_trade_no), {
    onTrouble: tellTrouble,
  });
  if (payment.trade_state !== 'NOTPAY') {
    go(isPaid(payment) ? 'paysuccess.html' : 'payfail.html', out_trade_no);
    return false;
  }
  at('money').textContent = money(payment.total_fee);
  at('out_trade_no').textContent = out_trade_no;
  at('bill').hidden = false;
  showClosing();
  return true;
}

async function createNative(out_trade_no) {
  const work = () => payService.createNative(out_trade_no);
  const native = await persist(work, { onTrouble: tellTrouble });
  if (native.code_url) {
    draw(native);
    return native.out_trade_no;
  }
  return (await explainNoCode(out_trade_no)) ? out_trade_no : null;
}

async function queryPayStatus(out_trade_no) {
  const work = () => {
    tellState(state);
    startCountdown();
    return payService.queryPayStatus(out_trade_no, qrWaitMs);
  };
  return persist(work, { onTrouble: tellTrouble });
}

async function cancel() {
  const out_trade_no = at('out_trade_no').textContent;
  at('cancel').disabled = true;
  hideProblem();
  try {
    if (await payService.closePayment(out_trade_no)) go('payfail.html', out_trade_no);
    else showClosing();
  } catch (problem) {
    if (problem.code === 'payment/already-paid') go('paysuccess.html', out_trade_no);
    else if (problem.status === 401) location.replace('/');
    else showProblem(problem);
  }
  at('cancel').disabled = false;
}

/** Goes round as often as the code times out, which ends when the server closes the payment. */
async function payInRounds() {
  let out_trade_no = numberInAddress();
  for (;;) {
    const began = Date.now();
    out_trade_no = await createNative(out_trade_no);
    if (out_trade_no === null) return;
    const answer = await queryPayStatus(out_trade_no);
    if (answer.success) return go('paysuccess.html', out_trade_no);
    if (answer.message !== '二维码超时') return go('payfail.html', out_trade_no);
    tell('state', '正在刷新二维码…', 'Renewing the code…');
    if (Date.now() - began < roundMsMin) await pause(roundMsMin);
  }
}

async function payPage() {
  at('cancel').addEventListener('click', cancel);
  try {
    await payInRounds();
  } finally {
    clearInterval(ticking);
    at('renewal').hidden = true;
    at('state').hidden = true;
    // Without a bill there is nothing to see but the problem, if there is one.
    at('payment').hidden = at('bill').hidden;
  }
}

// ---- paysuccess.html and payfail.html: say what the server says, whatever the address says

function showNumber(payment) {
  at('out_trade_no').textContent = payment.out_trade_no;
  at('number').hidden = false;
}

/** The payment that the address names, or null if it names none or one that is not ours to see. */
async function findPayment() {
  const out_trade_no = numberInAddress();
  if (out_trade_no === null) return null;
  try {
    const work = () => payService.getPayment(out_trade_no);
    const onTrouble = (problem) => tellTrouble(problem, 'reason');
    const payment = await persist(work, { onTrouble });
    at('reason').hidden = true;
    return payment;
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

function showPaid(payment) {
  document.title = '支付成功 Paid · Saoma';
  tell('headline', '支付成功', 'Payment received');
  at('mark').className = 'mark good';
  at('money').textContent = money(payment.total_fee);
  at('paid').hidden = false;
  if (payment.pay_time) {
    at('pay_time').replaceChildren(moment(payment.pay_time));
    at('when').hidden = false;
  }
  if (payment.refund_fee > 0) {
    const refund = money(payment.refund_fee);
    tell('reason', `其中已退款 ${refund}`, `${refund} of it was paid back`);
  }
}

async function successPage() {
  const payment = await findPayment();
  if (payment !== null) showNumber(payment);
  if (payment !== null && isPaid(payment)) return showPaid(payment);
  document.title = '尚未支付 Not paid · Saoma';
  at('mark').className = 'mark bad';
  if (payment === null) {
    tell('headline', '没有这笔支付', 'There is no such payment');
    tell('reason', '请到我的支付里查看。', 'Please look at your payments.');
  } else if (payment.trade_state === 'NOTPAY') {
    tell('headline', '尚未支付', 'Not paid yet');
    tell('reason', '我们还没有收到这笔款项。', 'We have not received this payment.');
    offerToPay(payment);
  } else {
    tell('headline', '支付已关闭', 'The payment is closed');
    explainClosed(payment);
  }
}

function offerToPay({ out_trade_no }) {
  at('pay').href = `pay.html?${new URLSearchParams({ out_trade_no })}`;
  at('pay').hidden = false;
}

/** A closed payment with a number of WeChat's took money after it was closed. */
function explainClosed(payment) {
  if (payment.transaction_id === null) {
    tell('reason', '它已取消或超时，不能再付款。', 'It was cancelled or timed out.');
  } else if (payment.refund_fee > 0) {
    tell('reason', '款项在关闭后才到达，已原路退回。', 'Money that came too late was paid back.');
  } else {
    tell('reason', '款项在关闭后才到达，将原路退回。', 'Money that came too late is paid back.');
  }
}

async function failPage() {
  const payment = await findPayment();
  if (payment === null) {
    tell('headline', '支付出错', 'The payment failed');
    tell('reason', '没有找到这笔支付。', 'There is no such payment.');
    return;
  }
  if (isPaid(payment)) return go('paysuccess.html', payment.out_trade_no);
  showNumber(payment);
  if (payment.trade_state !== 'NOTPAY') {
    tell('headline', '支付已关闭', 'The payment is closed');
    explainClosed(payment);
  } else {
    tell('headline', '支付没有完成', 'The payment was not completed');
    tell('reason', '您可以重新支付。', 'You can pay it now.');
    offerToPay(payment);
  }
}

const pages = { pay: payPage, paysuccess: successPage, payfail: failPage };
await guarded(pages[document.querySelector('main').dataset.page]);
