// The goods of a payment that was closed, and how they are put back into the cart, once, whichever
// tab does. Before anything is sent, all tabs keep what the cart is to hold then; only when the
// work is done they keep that it is. What is under way when its page goes away is offered again.
import { amountsWith, putGood } from './goods.js';
import { at, button, fill, notes, sharedNotes, tell, words } from './page.js';
import { persist, wake } from './request.js';
import { getPayment } from './service/payService.js';
import { hideProblem, showProblem } from './trouble.js';

const outcomes = {
  changed: [
    '购物车后来有过变动：请看看这些商品是否都在里面。',
    'Your cart has changed since: please see whether all of these goods are in it.',
  ],
  partly: ['有的商品没能放回购物车。', 'Some goods could not go back into your cart.'],
  whole: ['商品已放回购物车。', 'The goods are back in your cart.'],
};

let isWorking = false;
/** What could not be kept, where storage is off. */
let unkept = null;

const keyOf = ({ out_trade_no }) => `saoma-put-back-${out_trade_no}`;

/** `{ goods }`, to be put back, or `{ outcome }`, when that is done; null: nothing was sent yet. */
function recordOf(payment) {
  const text = sharedNotes.get(keyOf(payment));
  return text === null ? unkept : JSON.parse(text);
}

function keep(payment, record) {
  unkept = record;
  sharedNotes.set(keyOf(payment), JSON.stringify(record));
}

/** The amounts as they were reckoned first, by whichever tab. */
async function begun(payment) {
  if (recordOf(payment) === null) {
    const goods = await amountsWith(payment);
    if (recordOf(payment) === null) keep(payment, { goods });
  }
  return recordOf(payment);
}

/** Puts them back, and gives what became of it, which another tab may know first. */
async function outcomeOf(payment) {
  const { goods, outcome } = await begun(payment);
  if (outcome !== undefined) return outcome;
  const found = [];
  for (const good of goods) {
    const put = async () => recordOf(payment).outcome ?? putGood(good);
    found.push(await persist(put, { triesMax: 4 }));
  }
  const told = Object.keys(outcomes).find((one) => found.includes(one));
  keep(payment, { outcome: told });
  return told;
}

async function putBack(payment) {
  isWorking = true;
  hideProblem();
  tell('goods', '正在放回购物车…', 'Putting the goods back into your cart…');
  try {
    // Money may have come since the page was told that there is none.
    const now = await persist(() => getPayment(payment.out_trade_no), { triesMax: 4 });
    if (now.held) {
      at('goods').hidden = true;
      return wake();
    }
    tell('goods', ...outcomes[await outcomeOf(payment)]);
  } catch (problem) {
    notes.set(`put-back-${payment.out_trade_no}`, 'failed');
    offer(payment);
    showProblem(problem);
  } finally {
    isWorking = false;
  }
}

function offer(payment) {
  const label = words('把商品放回购物车', 'Put the goods back into my cart');
  const work = () => putBack(payment);
  fill(at('goods'), button({ id: 'put-back' }, label, work));
  at('goods').hidden = false;
}

/** Takes the offer away; what is being put back, or is back, stays said. */
export function endOffer() {
  if (at('put-back') !== null) at('goods').hidden = true;
}

/**
 * Puts the goods back by itself for whoever has cancelled in this tab, as long as nothing was sent.
 * Any other time it is asked for: what was sent may have been there, and be ordered again, since.
 */
export function offerGoods(payment) {
  if (isWorking) return;
  const record = recordOf(payment);
  const isWished = notes.get(`put-back-${payment.out_trade_no}`) === 'wished';
  if (record === null && isWished) putBack(payment);
  else if (record === null || record.goods) offer(payment);
}
