// A shopper's list: the first page of it, and a button that brings the next one.
import { at, fill } from './page.js';
import { persist } from './request.js';
import { guarded } from './session.js';
import { nameOf, retrying } from './trouble.js';

const triesMax = 6;

/**
 * Fills `#rows`, from the beginning after each sign-in. `load(cursor)` gives `{ rows, cursor }`,
 * newest first; `rowOf` makes the item of one.
 */
export function showList({ load, rowOf }) {
  let cursor = null;
  async function showMore() {
    at('more').disabled = true;
    const loading = at('loading');
    loading.hidden = false;
    const onTrouble = (problem) => retrying(loading, nameOf(problem));
    try {
      const page = await persist(() => load(cursor), { triesMax, onTrouble });
      cursor = page.cursor;
      at('rows').append(...page.rows.map(rowOf));
      at('empty').hidden = at('rows').childElementCount > 0;
    } finally {
      loading.hidden = true;
      at('more').hidden = cursor === null;
      at('more').disabled = false;
    }
  }
  at('more').addEventListener('click', () => guarded(showMore));
  guarded(() => {
    cursor = null;
    fill(at('rows'));
    return showMore();
  });
}
