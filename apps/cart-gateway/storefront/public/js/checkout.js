// The checkout: asked before anything differs from what was seen, sent until its answer is known.
import * as cart from './cart.js';
import { clearIssues, showIssues, wrongFields } from './fields.js';
import { drawKey } from './key.js';
import { tellIfOrdered } from './ordered.js';
import { at, fill, make, money, say, words } from './page.js';
import { persist } from './request.js';
import * as shopService from './service/shopService.js';
import { hideProblem, showProblem, showTrouble, warn } from './trouble.js';

/** Tries to learn what became of a checkout, about half a minute, before the shopper is asked. */
const triesMax = 6;

/** The checkout whose answer is not known yet, `{ order, key, repeated }`: sent again unchanged. */
let pending = null;
let isBusy = false;
let onSignedOut = () => {};

function orderInForm() {
  const form = new FormData(at('checkout'));
  const field = (name) => form.get(name).trim();
  return {
    payment_type: field('payment_type'),
    receiver: { name: field('name'), mobile: field('mobile'), address: field('address') },
  };
}

async function sendPending() {
  try {
    return await shopService.addOrder(pending.order, pending.key);
  } catch (problem) {
    // The first one may be under way and hold the cart: a conflict with it decides nothing.
    problem.undecided = pending.repeated && problem.status === 409;
    pending.repeated = true;
    throw problem;
  }
}

/** What became of the order, beside the cart. */
function tellDone(zh, en, ...more) {
  fill(at('done'), words(zh, en), ...more);
  at('done').hidden = false;
}

function onTrouble(problem) {
  showTrouble(problem);
  tellDone('正在确认订单…', 'Making sure of your order…');
}

/**
 * Sends the pending checkout until its answer is known, always under one key, so that neither a
 * second click nor a lost answer orders twice.
 */
async function placeOrder() {
  let made;
  try {
    made = await persist(sendPending, { triesMax, onTrouble });
  } catch (problem) {
    if (!problem.passing || problem.undecided) pending = null;
    at('done').hidden = true;
    if (problem.status === 409 && (await tellIfOrdered(await cart.load()))) return;
    throw problem;
  }
  pending = null;
  hideProblem();
  if (made.out_trade_no) {
    const query = new URLSearchParams({ out_trade_no: made.out_trade_no });
    location.assign(`pay.html?${query}`);
    // Nothing may be clicked until the other page is there.
    return new Promise(() => {});
  }
  at('checkout').reset();
  tellOrdered(made);
  await cart.load();
}

function tellOrdered({ total_fee, order_ids }) {
  const numbers = order_ids.join(', ');
  const fee = money(total_fee);
  const link = say(make('a', { href: 'orders.html' }), '我的订单', 'My orders');
  const [zh, en] =
    total_fee === 0
      ? ['下单成功，无需付款。', 'Ordered, nothing to pay: ']
      : [`下单成功，货到付款 ${fee}。`, `Ordered, ${fee} to be paid on delivery: `];
  tellDone(`${zh}订单号：${numbers}`, `${en}${numbers}`, ' ', link);
  at('done').focus();
}

/** True if the shopper has to look again: prices or goods are not what was seen. */
async function hasChanged() {
  await cart.settled();
  const seen = await cart.load();
  if (await tellIfOrdered(seen)) return true;
  const list = cart.differences(seen);
  if (list.length === 0) return false;
  warn(
    '价格或商品有变动，请核对购物车后再提交。',
    'Prices or goods have changed: please look at your cart, then place the order again.',
    make('ul', {}, ...list.map(([zh, en]) => say(make('li'), zh, en))),
  );
  return true;
}

/** Does a part of the checkout while the cart cannot be changed. */
async function exclusively(work) {
  if (isBusy) return;
  isBusy = true;
  const focused = document.activeElement;
  at('done').hidden = true;
  hideProblem();
  clearIssues(at('checkout'));
  at('shop').disabled = true;
  try {
    await work();
  } catch (problem) {
    if (problem.status === 401) onSignedOut();
    else if (!showIssues(at('checkout'), problem))
      showProblem(problem, pending === null ? undefined : () => exclusively(placeOrder));
  }
  isBusy = false;
  // With a checkout in doubt the cart stays as it is: what is asked again must be the same.
  at('shop').disabled = pending !== null;
  const [wrong = focused] = wrongFields(at('checkout'));
  if (wrong && document.activeElement === document.body) wrong.focus();
}

/** Listens to the shop's form; `signedOut` is called when the session has ended. */
export function offerCheckout(signedOut) {
  onSignedOut = signedOut;
  at('checkout').addEventListener('submit', (event) => {
    event.preventDefault();
    // What the shopper has typed is not in the cart: another number than that would be ordered.
    if (!cart.checkNumbers()) return;
    // Only now, since the fields of a disabled form cannot be read.
    const order = orderInForm();
    exclusively(async () => {
      if (await hasChanged()) return;
      pending = { order, key: drawKey(), repeated: false };
      await placeOrder();
    });
  });
  at('clear-cart').addEventListener('click', () =>
    exclusively(async () => {
      await cart.settled();
      await shopService.clearCart();
      await cart.load();
    }),
  );
}
