// The goods of a payment that was closed, and how they are put back into the cart.
import { putBack } from './goods.js';
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
 * is asked for.
 */
export function offerGoods(payment) {
  const note = `put-back-${payment.out_trade_no}`;
  const latest = 'saoma-put-back';
  const isDoneElsewhere = () => sharedNotes.get(latest) === payment.out_trade_no;
  const tellDone = () => tell('goods', '商品已放回购物车。', 'The goods are back in your cart.');
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
      if (isDoneElsewhere()) return tellDone();
      sharedNotes.set(latest, payment.out_trade_no);
      const isAll = await putBack(payment);
      if (isAll) tellDone();
      else
        tell('goods', '有的商品没能放回购物车。', 'Some goods could not go back into your cart.');
    } catch (problem) {
      at('goods').hidden = true;
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
  else if (wish === null && !isDoneElsewhere()) offer();
}
