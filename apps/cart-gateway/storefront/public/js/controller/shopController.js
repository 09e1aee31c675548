import {
  at,
  both,
  chineseOf,
  hideProblem,
  make,
  money,
  Problem,
  persist,
  showProblem,
  tell,
} from '../page.js';
import * as shopService from '../service/shopService.js';

const numMax = 200;
/** Tries to learn what became of a checkout, about half a minute, before the shopper is asked. */
const checkoutTriesMax = 6;

/** Null as long as nobody is signed in. */
let cart = null;
/** The checkout whose answer is not known yet, `{ order, key, repeated }`: sent again unchanged. */
let pending = null;
let busy = false;

/**
 * Does one command while everything else is disabled, shows its problem, and gives the keyboard
 * back to where it was.
 */
async function command(work, again) {
  if (busy) return;
  busy = true;
  let focus = document.activeElement?.id;
  at('done').hidden = true;
  hideProblem();
  try {
    const doing = work();
    // Only now, since the fields of a disabled form cannot be read.
    at('shop').disabled = true;
    await doing;
  } catch (problem) {
    if (problem.status === 401) {
      showSignIn();
      focus = 'user_id';
    } else showProblem(problem, pending === null ? again : () => command(placeOrder));
  }
  busy = false;
  // With a checkout in doubt the cart stays as it is: what is asked again must be the same.
  at('shop').disabled = pending !== null;
  if (focus && document.activeElement?.id !== focus) at(focus)?.focus();
}

// ---- sign-in

function showSignIn() {
  cart = null;
  showCart();
  at('sign-in').hidden = false;
  at('sign-out').hidden = true;
}

async function signIn(event) {
  event.preventDefault();
  const user_id = at('user_id').value.trim();
  await command(async () => {
    try {
      await shopService.signIn(user_id);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      at('sign-in-demo').hidden = true;
      at('sign-in-elsewhere').hidden = false;
      return;
    }
    await loadCart();
  });
}

// ---- catalogue

function itemCard(item) {
  const add = make('button', { type: 'button', id: `add-${item.item_id}` });
  add.append(...both('加入购物车', 'Add'));
  add.addEventListener('click', () => command(() => addItem(item)));
  const picture = make('div', { className: 'picture' });
  if (item.image) picture.append(make('img', { src: item.image, alt: '', loading: 'lazy' }));
  return make(
    'li',
    { className: 'item' },
    picture,
    make('h3', {}, item.title),
    make('p', { className: 'quiet' }, `卖家 ${item.seller_id}`),
    make('div', { className: 'buy' }, make('span', { className: 'money' }, money(item.price)), add),
  );
}

async function addItem({ item_id, title }) {
  if (cart === null) throw new Problem({ status: 401, title: 'Sign in first' });
  const line = cart.lines.find((other) => other.item_id === item_id);
  if (line?.num === numMax) return;
  cart = await shopService.putCartItem(item_id, (line?.num ?? 0) + 1);
  showCart();
  tell('announce', `已加入购物车：${title}`, 'Added to your cart');
}

async function loadCatalogue() {
  const items = await persist(shopService.getItems, { triesMax: 5 });
  at('catalogue').replaceChildren(...items.map(itemCard));
}

// ---- cart

function setNum(line, num) {
  return command(async () => {
    try {
      cart = await shopService.putCartItem(line.item_id, num);
    } finally {
      showCart();
    }
  });
}

function stepper(line) {
  const step = (sign, by, label) => {
    const id = `${by < 0 ? 'less' : 'more'}-${line.item_id}`;
    const button = make('button', { type: 'button', className: 'step', id }, sign);
    button.ariaLabel = `${label} ${line.title}`;
    button.disabled = line.num + by > numMax;
    button.addEventListener('click', () => setNum(line, line.num + by));
    return button;
  };
  const input = make('input', { type: 'number', id: `num-${line.item_id}`, value: line.num });
  Object.assign(input, { min: 0, max: numMax, step: 1, required: true, inputMode: 'numeric' });
  input.ariaLabel = `数量 Pieces of ${line.title}`;
  input.addEventListener('change', () => {
    if (input.reportValidity()) setNum(line, input.valueAsNumber);
  });
  return make('div', { className: 'stepper' }, step('−', -1, '减少'), input, step('+', 1, '增加'));
}

function cartLine(line) {
  return make(
    'li',
    { className: 'line' },
    make('span', { className: 'title' }, line.title),
    make('span', { className: 'quiet' }, money(line.price)),
    stepper(line),
    make('span', { className: 'money' }, money(line.total_fee)),
  );
}

/** The lines under their sellers, since each seller gets an order of their own. */
function showCart() {
  const lines = cart?.lines ?? [];
  const sellers = [...new Set(lines.map((line) => line.seller_id))];
  const groups = sellers.map((seller) =>
    make(
      'section',
      {},
      make('h3', { className: 'quiet' }, `卖家 ${seller}`),
      make('ul', {}, ...lines.filter((line) => line.seller_id === seller).map(cartLine)),
    ),
  );
  at('cart-lines').replaceChildren(...groups);
  at('cart-total').textContent = money(cart?.total_fee ?? 0);
  at('cart-count').textContent = lines.reduce((sum, line) => sum + line.num, 0);
  at('cart-empty').hidden = lines.length > 0;
  at('checkout').hidden = lines.length === 0;
}

async function loadCart() {
  cart = await persist(shopService.getCart, { triesMax: 5 });
  at('sign-in').hidden = true;
  at('sign-out').hidden = false;
  showCart();
}

// ---- checkout

/** A random UUID, also where the page came over plain http and `randomUUID` is missing. */
function drawKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

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

/**
 * Sends the pending checkout until its answer is known, always under one key, so that neither a
 * second click nor a lost answer orders twice.
 */
async function placeOrder() {
  const onTrouble = (problem) =>
    tell('done', `${chineseOf(problem)}，正在确认订单…`, 'Making sure of your order…');
  let made;
  try {
    made = await persist(sendPending, { triesMax: checkoutTriesMax, onTrouble });
  } catch (problem) {
    if (!problem.passing || problem.undecided) pending = null;
    at('done').hidden = true;
    if (problem.status === 409) await loadCart();
    throw problem;
  }
  pending = null;
  if (made.out_trade_no) {
    const query = new URLSearchParams({ out_trade_no: made.out_trade_no });
    location.assign(`pay.html?${query}`);
    // Nothing may be clicked until the other page is there.
    return new Promise(() => {});
  }
  at('checkout').reset();
  tell(
    'done',
    `下单成功，货到付款 ${money(made.total_fee)}。订单号：${made.order_ids.join('、')}`,
    'Ordered. Please pay when it is delivered.',
  );
  await loadCart();
  at('done').scrollIntoView({ block: 'nearest' });
}

function checkOut(event) {
  event.preventDefault();
  return command(async () => {
    pending = { order: orderInForm(), key: drawKey(), repeated: false };
    await placeOrder();
  });
}

at('sign-in-demo').addEventListener('submit', signIn);
at('sign-out').addEventListener('click', () =>
  command(async () => {
    await shopService.signOut();
    location.reload();
  }),
);
at('clear-cart').addEventListener('click', () =>
  command(async () => {
    await shopService.clearCart();
    await loadCart();
  }),
);
at('checkout').addEventListener('submit', checkOut);
await command(
  async () => {
    await loadCatalogue();
    await loadCart().catch((problem) => {
      if (problem.status !== 401) throw problem;
      showSignIn();
    });
  },
  () => location.reload(),
);
