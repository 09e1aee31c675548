import * as cart from '../cart.js';
import { offerCheckout } from '../checkout.js';
import { at, make, money, say, words } from '../page.js';
import { pictureOf } from '../picture.js';
import { persist } from '../request.js';
import * as shopService from '../service/shopService.js';
import { untilSignedIn } from '../session.js';
import { dropEverywhere } from '../taps.js';
import { hideProblem, showProblem, showTrouble } from '../trouble.js';

let isSigningIn = false;

/** Without a session there are goods but no cart; it comes when somebody has signed in. */
async function signInFirst() {
  cart.forget();
  at('sign-out').hidden = true;
  if (isSigningIn) return at('sign-in').scrollIntoView({ block: 'nearest' });
  isSigningIn = true;
  await untilSignedIn(['请先登录，然后可以购物。', 'Sign in to buy.']);
  isSigningIn = false;
  await loadCart();
}

let loading = null;

/** However often it is asked for, the cart is read once at a time. */
function loadCart() {
  if (loading === null) {
    loading = readCart().finally(() => {
      loading = null;
    });
  }
  return loading;
}

async function readCart() {
  try {
    await cart.load();
    at('sign-out').hidden = false;
  } catch (problem) {
    if (problem.status === 401) signInFirst();
    else showProblem(problem, () => location.reload());
  }
}

function itemCard(item) {
  const add = make('button', { type: 'button', id: `add-${item.item_id}` });
  const name = words(`：${item.title}`, `: ${item.title}`);
  name.className = 'unseen';
  add.append(words('加入购物车', 'Add to cart'), name);
  add.addEventListener('click', () => {
    cart.add(item);
    if (!cart.isKnown()) loadCart();
  });
  return make(
    'li',
    { className: 'item' },
    pictureOf(item),
    make('h2', {}, item.title),
    say(make('p', { className: 'quiet' }), `卖家 ${item.seller_id}`, `Seller ${item.seller_id}`),
    make('div', { className: 'buy' }, make('span', { className: 'money' }, money(item.price)), add),
  );
}

/** Where the next page of the goods is; undefined: the first one, null: there is none. */
let nextGoods;

/** Shows one page of the goods more, below those that are there. */
async function loadGoods() {
  let isTroubled = false;
  const onTrouble = (problem) => {
    isTroubled = true;
    say(at('catalogue-loading'), '暂时读不到商品。', 'The goods cannot be read.');
    showTrouble(problem);
  };
  at('more-goods').disabled = true;
  try {
    const read = () => shopService.getItems(nextGoods);
    const { data, next } = await persist(read, { triesMax: Infinity, onTrouble });
    nextGoods = next;
    if (isTroubled) hideProblem();
    at('catalogue-loading').hidden = true;
    at('catalogue').append(...data.map(itemCard));
    return data;
  } catch (problem) {
    showProblem(problem, () => location.reload());
    return [];
  } finally {
    at('more-goods').hidden = !nextGoods;
    at('more-goods').disabled = false;
  }
}

/** Whoever goes on by the keyboard is at the first of what came. */
async function loadMoreGoods() {
  const [first] = await loadGoods();
  if (first !== undefined) at(`add-${first.item_id}`).focus({ preventScroll: true });
}

cart.onRefusal((problem) => {
  if (problem.status === 401) signInFirst();
  else showProblem(problem);
});
offerCheckout(signInFirst);
at('sign-out').addEventListener('click', async () => {
  try {
    await shopService.signOut();
    dropEverywhere();
    location.reload();
  } catch (problem) {
    showProblem(problem);
  }
});
loadGoods();
at('more-goods').addEventListener('click', loadMoreGoods);
loadCart();
