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

/** The goods of the list, `{ item, node }` by item, `node` being where the price is. */
const listed = new Map();
/** What the server last told of the cart. */
let lines = [];

/** No other price of a good stands beside that in the cart, nor is one put in at another. */
function showPrices() {
  for (const { item_id, price } of lines) {
    const known = listed.get(item_id);
    if (known === undefined) continue;
    known.item.price = price;
    known.node.textContent = money(price);
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
  const node = make('span', { className: 'money' }, money(item.price));
  listed.set(item.item_id, { item, node });
  return make(
    'li',
    { className: 'item' },
    pictureOf(item),
    make('h2', {}, item.title),
    say(make('p', { className: 'quiet' }), `卖家 ${item.seller_id}`, `Seller ${item.seller_id}`),
    make('div', { className: 'buy' }, node, add),
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
    showPrices();
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

cart.onRead((now) => {
  lines = now.lines;
  showPrices();
});
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
