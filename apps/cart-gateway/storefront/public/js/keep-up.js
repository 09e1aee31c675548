// A list that is left open: its first page is read again, for a while now and then, and whenever
// somebody comes back to it.
import { at } from './page.js';
import { nextWake, wake } from './request.js';
import { reasonToLookLate } from './waiting.js';

/** Whether it is drawn as it is now, or its reader has gone on to older ones, and keeps those. */
function isToStay(first, { of, rowOf }) {
  const { [of]: rows, cursor } = first;
  const shown = [...at('rows').children];
  if (!at('loading').hidden || (cursor !== null && shown.length > rows.length)) return true;
  if (shown.length !== rows.length) return false;
  return rows.every((row, index) => rowOf(row).isEqualNode(shown[index]));
}

/** The reader may be at a link of what is drawn anew. */
function inPlace(draw) {
  const { href } = document.activeElement;
  draw();
  const links = [...at('rows').querySelectorAll('a')];
  if (href !== undefined) links.find((link) => link.href === href)?.focus();
}

/** Of a list of `showList`, and what that has given. */
export async function keepUp(list, show) {
  // A window beside others is seen all the time: that it gets the focus is all that it hears.
  addEventListener('focus', wake);
  for (let sinceMs = performance.now(); ; ) {
    if (!(await reasonToLookLate(sinceMs, false))) {
      await nextWake();
      sinceMs = performance.now();
    }
    // When it cannot be had now, what the list says stays, and the next look may tell more.
    const first = await list.load(null).catch(() => null);
    if (first !== null && !isToStay(first, list)) inPlace(() => show(first));
  }
}
