// What the shopper has tapped and the server has not answered yet. It outlives a session that ends
// and the way through the shop's own sign-in. Signing out ends it, in every tab: whoever signs in
// next on this browser must not find it in their cart.
import { notes } from './page.js';

const note = 'taps';
const signOutKey = 'saoma-signed-out';

/** Goods that were tapped before the cart was known. */
export const early = [];
/** What the shopper wants: `{ item, num }` by item, the latest tap of each. */
export const wanted = new Map();

/** Says which sign-out of this browser was the last one; null if none was. */
function lastSignOut() {
  try {
    return localStorage.getItem(signOutKey);
  } catch {
    // Where storage is off nothing outlives the page.
    return null;
  }
}

/** To be called after each change. */
export function keep() {
  const kept = { since: lastSignOut(), early, wanted: [...wanted] };
  notes.set(note, early.length + wanted.size > 0 ? JSON.stringify(kept) : '');
}

function drop() {
  early.length = 0;
  wanted.clear();
  keep();
}

/** To be called when somebody has signed out. */
export function dropEverywhere() {
  drop();
  try {
    localStorage.setItem(signOutKey, `${Date.now()} ${Math.random()}`);
  } catch {
    // No other tab has kept anything either.
  }
}

function restore() {
  const kept = JSON.parse(notes.get(note) || 'null');
  if (kept === null || kept.since !== lastSignOut()) return;
  early.push(...kept.early);
  for (const [item_id, want] of kept.wanted) wanted.set(item_id, want);
}

restore();
addEventListener('storage', ({ key }) => {
  if (key !== signOutKey) return;
  drop();
  location.reload();
});
