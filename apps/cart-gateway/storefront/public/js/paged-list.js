// A list, page by page: the first page of it, and a button that brings the next one.
import { at, fill } from './page.js';
import { persist } from './request.js';
import { guarded } from './session.js';
import { nameOf, retrying } from './trouble.js';

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

/** What the address says of a filter, if its field has that; else the first that it has. */
export function chosen(name) {
  const asked = new URLSearchParams(location.search).get(name);
  const values = [...at(name).options].map(({ value }) => value);
  at(name).value = values.includes(asked) ? asked : values[0];
  return at(name).value;
}

/** Of a filter that is a plain form of the page's address: it can be linked and gone back to. */
export function filterBy(name) {
  at(name).addEventListener('change', () => at('filter').submit());
  return chosen(name);
}

/**
 * Fills `#rows`, from the beginning after each sign-in. `load(cursor)` gives the `cursor` of the
 * next page and, as the member that is named by `of`, the things themselves, newest first; `rowOf`
 * makes the item of one; `signedIn` runs work for whoever has signed in. Gives what shows it anew,
 * from a first page that is here already, or else is read.
 */
export function showList({ of, load, rowOf, signedIn = guarded }) {
  let cursor = null;
  function add(page, from) {
    // Of two first pages the later one stays.
    if (from === null) fill(at('rows'));
    cursor = page.cursor;
    at('rows').append(...page[of].map((one) => rowOf(one)));
    at('empty').hidden = at('rows').childElementCount > 0;
  }
  async function showMore() {
    const from = cursor;
    at('more').disabled = true;
    try {
      const page = await patiently(() => load(from));
      // Else the list was shown anew meanwhile, and goes on elsewhere.
      if (from === cursor) add(page, from);
    } finally {
      at('more').hidden = cursor === null;
      at('more').disabled = false;
    }
  }
  at('more').addEventListener('click', () => signedIn(showMore));
  function show(first) {
    cursor = null;
    fill(at('rows'));
    if (first === undefined) return showMore();
    add(first, null);
    at('more').hidden = cursor === null;
  }
  signedIn(show);
  return show;
}
