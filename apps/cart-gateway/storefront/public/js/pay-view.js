// What the pay page shows: the bill as far as it is known, and the code only while there is one.
import { describeGoods } from './goods.js';
import { isShopOrder } from './link.js';
import { at, fill, make, money, say, tell } from './page.js';
import { serverNow } from './request.js';
import { isUnknown } from './service/payService.js';
import { nameOf, retrying, safety } from './trouble.js';
import * as undecided from './undecided.js';

const states = {
  asking: ['正在生成二维码…', 'Asking for the code…'],
  slow: [
    `二维码来得有点慢，请稍候…${safety[0]}`,
    `The code takes a while. Please wait… ${safety[1]}`,
  ],
  waiting: ['等待支付', 'Waiting for your payment'],
  ...undecided,
};

export const tellState = (name) => tell('state', ...states[name]);

function showBill({ total_fee, out_trade_no }) {
  at('money').textContent = money(total_fee);
  at('out_trade_no').textContent = out_trade_no;
  at('bill').hidden = false;
}

/** The goods are named if they can be; nothing depends on it. */
export async function showGoods(payment) {
  try {
    const [zh, en] = await describeGoods(payment);
    say(at('goods'), zh, en);
    at('goods-line').hidden = false;
  } catch {
    // The bill is whole without them.
  }
}

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

/** By the one of two libraries that the gateway has put into the page. */
function drawCode(value) {
  const element = at('qrious');
  const { QRious, QRCode } = globalThis;
  if (QRious) new QRious({ element, size: 250, level: 'H', value });
  else {
    const options = { type: 'svg', errorCorrectionLevel: 'H', width: 250, margin: 2 };
    QRCode.toString(value, options, (error, svg) => {
      if (error) throw error;
      element.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    });
  }
}

export function draw({ code_url }) {
  drawCode(code_url);
  at('qrious').hidden = false;
  offerPhone(code_url);
}

/**
 * Whether it may be paid, or its payer may do anything else about it: not once WeChat has money for
 * it that does not fit, nor when it is being closed, although WeChat has still to say so.
 */
export function isPayable({ held, closing, expire_time }) {
  return !held && !closing && serverNow() < Date.parse(expire_time);
}

function showUnpayable({ held }) {
  if (held) say(at('headline'), '请勿再付款', '请勿再付款 · Do not pay again');
  else say(at('headline'), '关闭中', '关闭中 · Closing');
  for (const part of ['scan', 'remaining', 'acts', 'cancel-ask']) at(part).hidden = true;
  tellState(held ? 'held' : 'closing');
}

/** Why no code is shown, or why it is not known whether the one that is shown still holds. */
function tellTrouble(problem, hasCode) {
  const [zh, en] = nameOf(problem);
  if (!problem.passing) {
    const [zhMore, enMore] = problem.advice ?? ['', ''];
    tell('state', `${zh}。${zhMore}`, `${en}. ${enMore}`);
  } else if (hasCode) retrying(at('state'), [zh, en]);
  // There may have been one before, and money for it: it is only not shown.
  else retrying(at('state'), [`${zh}，无法显示二维码`, `${en}. The code cannot be shown`]);
}

/** Beside the request not to pay again there is no code, but for whoever says it is not paid. */
function isCodeShown({ payment, native, problem, unseen, saysPaid, saysUnpaid }) {
  if (native === null || saysPaid) return false;
  const isAway = problem !== null || unseen !== null;
  return saysUnpaid || !(isAway || (payment !== null && isUnknown(payment)));
}

/** Whoever may have paid, here or by another page, is told first whether anybody can know it. */
function tellNews({ payment, native, problem, unseen, saysPaid }) {
  if (unseen !== null) retrying(at('state'), nameOf(unseen));
  else if (problem !== null) tellTrouble(problem, native !== null);
  else if (payment !== null && isUnknown(payment)) tellState('unasked');
  else if (native === null) tellState('asking');
  else tellState(saysPaid ? 'unpaid' : 'waiting');
}

/**
 * `payment` and `native` (its code) are null as long as they are not known, or there is none.
 * `problem`: why it could not be asked for last time. `unseen`: why the payment cannot be looked
 * at. `saysPaid`, `saysUnpaid`: as the payer says.
 */
export function show(seen) {
  const { payment, native, problem } = seen;
  // It is taken away when another answer says that it is not this reader's.
  if (at('payment') === null || (payment === null && native === null)) return;
  showBill(payment ?? native);
  if (payment !== null && !isPayable(payment)) return showUnpayable(payment);
  const hasCode = native !== null;
  const isScan = isCodeShown(seen);
  if (isScan) say(at('headline'), '扫码支付', 'Scan to pay');
  else say(at('headline'), '支付', 'Payment');
  at('scan').hidden = !isScan;
  at('show-code').hidden = isScan || !hasCode;
  // Also without a code: there may have been one before this page was loaded again.
  at('ask').hidden = problem !== null && !problem.passing;
  at('ask').disabled = false;
  at('again').hidden = hasCode || problem === null;
  tellNews(seen);
  // Only who has ordered here may cancel.
  at('cancel').hidden = payment === null || isShopOrder(payment);
  at('acts').hidden = payment === null || !at('cancel-ask').hidden;
}

/** The time that is left to pay, by the server's clock. */
export function showTime({ expire_time }) {
  const left = Math.ceil((Date.parse(expire_time) - serverNow()) / 1000);
  const two = (number) => String(number).padStart(2, '0');
  const hours = left >= 3600 ? `${Math.floor(left / 3600)}:` : '';
  const minutes = Math.floor(left / 60) % 60;
  at('countdown').textContent = `${hours}${hours ? two(minutes) : minutes}:${two(left % 60)}`;
  at('remaining').hidden = false;
}
