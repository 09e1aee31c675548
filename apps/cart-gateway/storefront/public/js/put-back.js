// The goods of a payment that was closed, and how they are put back into the cart.
import { cartWith, putInCart } from './goods.js';
import { at, button, fill, notes, sharedNotes, tell, words } from './page.js';
import { persist, wake } from './request.js';
import { getPayment } from './service/payService.js';
import { hideProblem, showProblem } from './trouble.js';

/** Takes the offer away; what is being put back, or is back, stays said. */
export function endOffer() {
  if (at('put-back') !== null) at('goods').hidden = true;
}

/**
 * Puts the goods back once, whichever tab does: by itself for whoever has cancelled, else when it
 * is asked for. What has failed is offered again: what is to be in the cart stays as it was read
 * first, so that nothing gets there twice.
 */
export function offerGoods(payment) {
  const note = `put-back-${payment.out_trade_no}`;
  const latest = 'saoma-put-back';
  const isDoneElsewhere = () => sharedNotes.get(latest) === payment.out_trade_no;
  const tellDone = () => tell('goods', '商品已放回购物车。', 'The goods are back in your cart.');
  let wanted;
  const work = async () => {
    notes.set(note, 'done');
    hideProblem();
    tell('goods', '正在放回购物车…', 'Putting the goods back into your cart…');
    try {
      // Money may have come since the page was told that there is none.
      const now = await persist(() => getPayment(payment.out_trade_no), { triesMax: 4 });
      if (now.held) {
        at('goods').hidden = true;
        return wake();
      }
      if (wanted === undefined) {
        const found = await cartWith(payment);
        if (isDoneElsewhere()) return tellDone();
        sharedNotes.set(latest, payment.out_trade_no);
        wanted = found;
      }
      await putInCart(wanted);
      if (wanted.every(({ isThere }) => isThere)) tellDone();
      else
        tell('goods', '有的商品没能放回购物车。', 'Some goods could not go back into your cart.');
    } catch (problem) {
      notes.set(note, 'failed');
      offer();
      showProblem(problem);
    }
  };
  const offer = () => {
    const label = words('把商品放回购物车', 'Put the goods back into my cart');
    fill(at('goods'), button({ id: 'put-back' }, label, work));
    at('goods').hidden = false;
  };
  const wish = notes.get(note);
  if (wish === 'wished') work();
  else if (wish !== 'done' && !isDoneElsewhere()) offer();
}
