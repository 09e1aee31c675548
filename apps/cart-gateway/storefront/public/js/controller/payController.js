// pay.html: draws the code and waits until it is paid or closed.
import { describeGoods } from '../goods.js';
import { at, fill, go, make, money, notes, numberInAddress, say, tell, words } from '../page.js';
import { persist, serverNow, wake } from '../request.js';
import * as payService from '../service/payService.js';
import { guarded } from '../session.js';
import { hideProblem, nameOf, retrying, showProblem } from '../trouble.js';
import { reasonToLook, takeTurns } from '../waiting.js';

/** A code is asked for again this often: while a page does so, WeChat is asked for news often. */
const codeMsMax = 300_000;

const states = {
  asking: ['正在生成二维码…', 'Asking for the code…'],
  waiting: ['等待支付', 'Waiting for your payment'],
  unpaid: [
    '还没有收到这笔付款。刚付完的话，请稍等几秒，本页会自动更新。',
    'No money has come yet. If you have just paid, this page will know in a few seconds.',
  ],
  closing: [
    '正在关闭，请不要再付。微信确认后会自动关闭，最多几分钟；如果已经付过，本页会显示支付成功。',
    'It is being closed, as soon as WeChat confirms, in a few minutes at most: please do not pay ' +
      'it. If you have paid, this page will say so.',
  ],
};

/** What the page is about. `askedMs`: when its code was asked for. */
let payment = null;
let askedMs = 0;
let hasCode = false;
let isClosingShown = false;
/** The payer says that it is paid: the next look answers that. */
let isAsking = false;

const tellState = (name) => tell('state', ...states[name]);
const onTrouble = (problem) => retrying(at('state'), nameOf(problem));
/** A page that waits for money never gives up: it asks ever more slowly. */
const stubbornly = (work) => persist(work, { triesMax: Infinity, onTrouble });

// ---- what is seen

function offerPhone(code_url) {
  // Only where the gateway wrote one: a demo with a sandbox in WeChat's place.
  const sandbox = at('sandbox');
  if (sandbox === null) return;
  const href = `${sandbox.dataset.address}/phone?code_url=${encodeURIComponent(code_url)}`;
  const link = make('a', { className: 'button', id: 'open-phone', href });
  Object.assign(link, { target: '_blank', rel: 'noopener' });
  fill(at('phone'), say(link, '打开手机', 'Open the phone'));
  at('phone').hidden = false;
}

function showBill({ total_fee, out_trade_no }) {
  at('money').textContent = money(total_fee);
  at('out_trade_no').textContent = out_trade_no;
  at('bill').hidden = false;
}

function draw(native) {
  const { code_url, out_trade_no } = native;
  showBill(native);
  new globalThis.QRious({ element: at('qrious'), size: 250, level: 'H', value: code_url });
  at('qrious').hidden = false;
  offerPhone(code_url);
  // A page loaded again stays with its payment, also when that is no longer the newest unpaid one.
  history.replaceState(null, '', `?${new URLSearchParams({ out_trade_no })}`);
}

/** Nobody may pay it any more, although WeChat has still to say so: the page shows no code. */
function isClosing() {
  return payment.closing || serverNow() >= Date.parse(payment.expire_time);
}

function showClosing() {
  isClosingShown = true;
  say(at('headline'), '关闭中', '关闭中 · Closing');
  at('scan').hidden = true;
  at('acts').hidden = true;
  at('cancel-ask').hidden = true;
  tellState('closing');
}

function showPayable() {
  isClosingShown = false;
  say(at('headline'), '扫码支付', 'Scan to pay');
  at('scan').hidden = !hasCode;
  tellState(hasCode ? (isAsking ? 'unpaid' : 'waiting') : 'asking');
  at('acts').hidden = !at('cancel-ask').hidden;
}

function show() {
  showBill(payment);
  if (isClosing()) showClosing();
  else showPayable();
  isAsking = false;
  at('ask').disabled = false;
}

/** Once a second: the time that is left, by the server's clock. */
function tick() {
  if (payment === null) return;
  if (isClosing()) {
    if (!isClosingShown) {
      showClosing();
      wake();
    }
    return;
  }
  const left = Math.ceil((Date.parse(payment.expire_time) - serverNow()) / 1000);
  const two = (number) => String(number).padStart(2, '0');
  const hours = left >= 3600 ? `${Math.floor(left / 3600)}:` : '';
  const minutes = Math.floor(left / 60) % 60;
  at('countdown').textContent = `${hours}${hours ? two(minutes) : minutes}:${two(left % 60)}`;
  at('remaining').hidden = false;
}

async function showGoods() {
  const [zh, en] = await describeGoods(payment);
  say(at('goods'), zh, en);
  at('goods-line').hidden = false;
}

// ---- asking and waiting

async function askForCode(out_trade_no) {
  const native = await stubbornly(() => payService.createNative(out_trade_no));
  askedMs = performance.now();
  hasCode = native.code_url !== undefined;
  at('scan').hidden = !hasCode;
  if (hasCode) draw(native);
  return native;
}

async function look(out_trade_no) {
  const isFirst = payment === null;
  payment = await stubbornly(() => payService.getPayment(out_trade_no));
  // They are told if they can be; nothing depends on it.
  if (isFirst) showGoods().catch(() => {});
}

/** Ends when there is nothing to wait for any more. */
async function untilDecided() {
  const named = numberInAddress();
  const { out_trade_no = named } = await askForCode(named);
  if (out_trade_no === null) {
    at('nothing').hidden = false;
    return;
  }
  for (let isOld = false; ; ) {
    await look(out_trade_no);
    if (payService.isPaid(payment)) return go('paysuccess.html', out_trade_no);
    if (payment.trade_state !== 'NOTPAY') return go('payfail.html', out_trade_no);
    if ((isOld || !hasCode) && !isClosing()) await askForCode(out_trade_no);
    show();
    tick();
    const message = await reasonToLook(payment);
    isOld = message === '二维码超时' || performance.now() - askedMs > codeMsMax;
  }
}

// ---- the payer's buttons

/** Looks at once, and lets the server ask WeChat soon, as whoever asks for the code does. */
function ask() {
  isAsking = true;
  at('ask').disabled = true;
  tell('state', '正在查询…', 'Asking…');
  wake();
  payService.createNative(payment.out_trade_no).catch(() => {});
}

function askToCancel(isAsked) {
  at('cancel-ask').hidden = !isAsked;
  at('acts').hidden = isAsked;
  at(isAsked ? 'cancel-why' : 'cancel').focus();
}

async function cancel() {
  const { out_trade_no } = payment;
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
  at('cancel').addEventListener('click', () => askToCancel(true));
  at('cancel-no').addEventListener('click', () => askToCancel(false));
  at('cancel-yes').addEventListener('click', cancel);
  at('in-wechat').hidden = !/MicroMessenger/.test(navigator.userAgent);
  if (!at('in-wechat').hidden) at('same-phone').classList.add('shown');
  at('copy').hidden = !navigator.clipboard;
  at('copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText(location.href);
    fill(at('copy'), words('已复制', 'Copied'));
  });
}

listen();
takeTurns();
setInterval(tick, 1000);
guarded(async () => {
  at('payment').hidden = false;
  try {
    await untilDecided();
  } catch (problem) {
    // Somebody else is signed in by now: nothing of this payment is theirs to see.
    if (problem.status === 404 && payment !== null) return location.reload();
    // Whatever code it had, nobody knows that it can still be paid.
    at('scan').hidden = at('acts').hidden = true;
    throw problem;
  } finally {
    at('state').hidden = true;
    // Without a bill there is nothing to see but the problem, if there is one.
    at('payment').hidden = at('bill').hidden;
  }
});
