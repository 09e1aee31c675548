// A list of the console: page by page, with what it says when it is empty.
import { at, fill } from '../../js/page.js';
import { persist } from '../../js/request.js';
import { nameOf, retrying } from '../../js/trouble.js';
import { inConsole } from './access.js';

const triesMax = 6;

/** Asks again a few times, as long as that makes sense, and says so where `#loading` is. */
export async function patiently(work) {
  const loading = at('loading');
  loading.hidden = false;
  const onTrouble = (problem) => retrying(loading, nameOf(problem));
  try {
    return await persist(work, { triesMax, onTrouble });
  } finally {
    loading.hidden = true;
  }
}

/**
 * Fills `#rows`. `load(cursor)` gives `{ rows, cursor }`, `rowOf` makes the item of one.
 * Gives what shows it anew.
 */
export function showList({ load, rowOf }) {
  let cursor = null;
  async function showMore() {
    at('more').disabled = true;
    try {
      const page = await patiently(() => load(cursor));
      cursor = page.cursor;
      at('rows').append(...page.rows.map(rowOf));
      at('empty').hidden = at('rows').childElementCount > 0;
    } finally {
      at('more').hidden = cursor === null;
      at('more').disabled = false;
    }
  }
  at('more').addEventListener('click', () => inConsole(showMore));
  function show() {
    cursor = null;
    fill(at('rows'));
    return showMore();
  }
  inConsole(show);
  return show;
}

/** What the address says of a filter, if it is one of these. */
export function chosen(name, values) {
  const value = new URLSearchParams(location.search).get(name);
  return values.includes(value) ? value : values[0];
}
