// The shopper's cart: what the server said, with the taps that it has not answered yet (taps.js).
import { clear, showIssue } from './fields.js';
import { at, fill, make, money, say, tell, words } from './page.js';
import { persist, serverNow } from './request.js';
import * as shopService from './service/shopService.js';
import { belongTo, early, keep, wanted } from './taps.js';
import { hideProblem, showProblem, showTrouble } from './trouble.js';

const numMax = 200;
const noNum = [
  `应为 0 到 ${numMax} 的整数，0 表示移除。`,
  `Must be a whole number from 0 to ${numMax}; 0 takes it out.`,
];

/** As the server last told it; null as long as nobody is signed in, or it is not known. */
let cart = null;
/** When it was read, in milliseconds of the server's time. */
let readMs = 0;
/** The work that brings the taps to the server; it never fails. */
let sending = Promise.resolve();
let isSending = false;
/** The lines on the page by item. They are kept, so that a quick tap never meets a new button. */
const shown = new Map();

// ---- what is in it

/** The cart as the shopper shall see it: with all taps. */
function lines() {
  const isThere = ({ item_id }) => cart.lines.some((line) => line.item_id === item_id);
  const added = [...wanted.values()].filter(({ item }) => !isThere(item)).map(({ item }) => item);
  return [...cart.lines, ...added]
    .map((line) => {
      const want = wanted.get(line.item_id);
      const num = want ? want.num : line.num;
      return { ...line, num, total_fee: line.price * num };
    })
    .filter(({ num }) => num > 0);
}

function numOf({ item_id }) {
  const line = lines().find((other) => other.item_id === item_id);
  return line ? line.num : 0;
}

const sumOf = (list, key) => list.reduce((sum, line) => sum + line[key], 0);

// ---- how it looks

function stepper(item) {
  const step = (by, sign, [zh, en]) => {
    const name = words(`${zh} ${item.title}`, `${en} of ${item.title}`);
    name.className = 'unseen';
    const className = by < 0 ? 'less' : 'more';
    const id = `${className}-${item.item_id}`;
    const node = make('button', { type: 'button', className, id });
    const mark = make('span', {}, sign);
    mark.setAttribute('aria-hidden', 'true');
    node.append(mark, name);
    node.addEventListener('click', () => {
      setNum(item, numOf(item) + by);
      // Whatever somebody has typed there: a tap counts from what is in the cart.
      input.value = numOf(item);
      clear(input);
    });
    return node;
  };
  const id = `num-${item.item_id}`;
  const input = make('input', { type: 'number', id });
  Object.assign(input, { min: 0, max: numMax, step: 1, required: true, inputMode: 'numeric' });
  input.addEventListener('change', () => {
    if (input.validity.valid) setNum(item, input.valueAsNumber);
    else showIssue(input, noNum);
  });
  const label = make('label', { className: 'unseen', htmlFor: id });
  say(label, `数量 ${item.title}`, `Pieces of ${item.title}`);
  const less = step(-1, '−', ['减少', 'One less']);
  const more = step(1, '+', ['增加', 'One more']);
  return { node: make('div', { className: 'stepper' }, label, less, input, more), input, more };
}

function newLine(item) {
  const price = make('span', { className: 'quiet' });
  const total = make('span', { className: 'money' });
  const { node: steps, input, more } = stepper(item);
  const title = make('span', { className: 'name' }, item.title);
  const gone = make('span', { className: 'gone' });
  say(gone, '已下架，请先移除。', 'It is not sold now: please take it out.');
  const node = make('li', { className: 'line' }, title, price, steps, total, gone);
  return { node, title, price, total, gone, input, more };
}

function showLine(line) {
  const known = shown.get(line.item_id) ?? newLine(line);
  shown.set(line.item_id, known);
  known.title.textContent = line.title;
  known.price.textContent = money(line.price);
  known.total.textContent = money(line.total_fee);
  const isSold = line.on_sale !== false;
  known.gone.hidden = isSold;
  known.more.disabled = !isSold || line.num >= numMax;
  // A number is not changed while somebody types it, and a wrong one stays in sight.
  const { input } = known;
  const isWrong = input.hasAttribute('aria-invalid');
  if (document.activeElement !== input && !isWrong) input.value = line.num;
  return known.node;
}

/** The lines under their sellers, since each seller gets an order of their own. */
function showLines(list) {
  const sellers = [...new Set(list.map((line) => line.seller_id))];
  const groups = sellers.flatMap((seller) => {
    const title = make('h3', { className: 'quiet' }, words(`卖家 ${seller}`, `Seller ${seller}`));
    return [
      title,
      make('ul', {}, ...list.filter((line) => line.seller_id === seller).map(showLine)),
    ];
  });
  fill(at('cart-lines'), ...groups);
}

/** What is on the page in which order; as long as that stays, only numbers change. */
let outline = '';

function show() {
  const list = cart === null ? [] : lines();
  const focused = document.activeElement?.id;
  const nextOutline = JSON.stringify(list.map(({ seller_id, item_id }) => [seller_id, item_id]));
  if (nextOutline === outline) for (const line of list) showLine(line);
  else {
    outline = nextOutline;
    const isThere = (item_id) => list.some((line) => line.item_id === item_id);
    for (const item_id of shown.keys()) if (!isThere(item_id)) shown.delete(item_id);
    showLines(list);
    keepFocus(focused);
  }
  const count = sumOf(list, 'num');
  at('cart-total').textContent = money(sumOf(list, 'total_fee'));
  at('cart-count').textContent = cart === null ? '' : count;
  at('cart-unknown').hidden = cart !== null;
  at('cart-empty').hidden = cart === null || count > 0;
  at('checkout').hidden = count === 0;
  // There is nothing to pay for what is free.
  at('payment_type').hidden = sumOf(list, 'total_fee') === 0;
}

/** The keyboard stays where it was, or goes to the cart's heading if that line is gone. */
function keepFocus(id) {
  if (!id || document.activeElement.id === id) return;
  const isOfLine = /^(less|more|num)-/.test(id);
  const node = at(id) ?? (isOfLine ? at('cart-title') : null);
  if (node !== null) node.focus();
}

// ---- how it changes

/** Sets the number of pieces of an item: at once on the page, in order at the server. */
function setNum(item, num) {
  wanted.set(item.item_id, { item, num: Math.max(0, Math.min(numMax, num)) });
  keep();
  show();
  if (!isSending) sending = send();
}

/** Whether every box holds a number that can be ordered; beside each that does not it says why. */
export function checkNumbers() {
  const inputs = [...shown.values()].map(({ input }) => input);
  const wrong = inputs.filter((input) => !input.validity.valid);
  for (const input of wrong) showIssue(input, noNum);
  if (wrong.length > 0) wrong[0].focus();
  return wrong.length === 0;
}

/** One more piece, as the button at the goods does. */
export function add(item) {
  if (cart === null) {
    early.push(item);
    keep();
    return;
  }
  setNum(item, numOf(item) + 1);
  tell('announce', `已加入购物车：${item.title}`, `Added to your cart: ${item.title}`);
}

let read = () => {};

/** Tells who hears of each cart that the server gives. */
export function onRead(work) {
  read = work;
}

function keepRead(now) {
  cart = now;
  readMs = serverNow();
  read(now);
}

async function send() {
  isSending = true;
  while (wanted.size > 0) {
    const [item_id, want] = wanted.entries().next().value;
    const put = () => shopService.putCartItem(item_id, want.num);
    try {
      keepRead(await persist(put, { triesMax: Infinity, onTrouble: showTrouble }));
      if (wanted.get(item_id) === want) wanted.delete(item_id);
      hideProblem();
    } catch (problem) {
      refusal(problem);
      // They wait until somebody has signed in again.
      if (problem.status === 401) break;
      // A definite no: the page goes back to what is true.
      wanted.delete(item_id);
    }
    keep();
    show();
  }
  isSending = false;
}

let refusal = showProblem;

/** Tells who hears of a change that the server has refused. */
export function onRefusal(work) {
  refusal = work;
}

/** Ends when all taps are at the server. */
export function settled() {
  return sending;
}

/** Nobody is signed in, so that there is no cart to show; says so instead. */
export function forget() {
  cart = null;
  say(at('cart-unknown'), '登录后可以看到购物车。', 'Sign in to see your cart.');
  show();
}

export const isKnown = () => cart !== null;

/** Reads it again; gives what the shopper saw before, since when, and what there is now. */
export async function load() {
  if (cart === null) say(at('cart-unknown'), '正在读取…', 'Loading…');
  const onTrouble = (problem) => {
    if (cart === null) say(at('cart-unknown'), '暂时读不到购物车。', 'The cart cannot be read.');
    showTrouble(problem);
  };
  const ask = () => Promise.all([shopService.getUser(), shopService.getCart()]);
  const [user_id, now] = await persist(ask, { triesMax: Infinity, onTrouble });
  const [before, beforeMs] = [cart, readMs];
  hideProblem();
  belongTo(user_id);
  keepRead(now);
  show();
  for (const item of early.splice(0)) add(item);
  if (wanted.size > 0 && !isSending) sending = send();
  return { before, beforeMs, now };
}

/** What has become different, a sentence each, as `[zh, en]`. */
export function differences({ before, now }) {
  const find = ({ item_id }, { lines: list }) => list.find((line) => line.item_id === item_id);
  const gone = before.lines
    .filter((line) => !find(line, now))
    .map(({ title }) => [`${title} 已不在购物车。`, `${title} is gone.`]);
  const changed = now.lines.flatMap((line) => {
    const old = find(line, before);
    if (!old) return [[`${line.title} 是新加入的。`, `${line.title} is new.`]];
    const list = [];
    if (old.price !== line.price) {
      list.push(`${line.title} ${money(old.price)} → ${money(line.price)}`);
    }
    if (old.num !== line.num) list.push(`${line.title} × ${old.num} → × ${line.num}`);
    if (old.title !== line.title) list.push(`${old.title} → ${line.title}`);
    return list.map((text) => [text, text]);
  });
  return [...gone, ...changed];
}
