// What the shopper has tapped and the server has not answered yet. It outlives a session that ends
// and the way through the shop's own sign-in. Signing out ends it, and so does another user, in
// every tab: whoever signs in next on this browser must not find it in their cart.
import { notes, sharedNotes } from './page.js';

const note = 'taps';
const ownerKey = 'saoma-user';

/** Goods that were tapped before the cart was known. */
export const early = [];
/** What the shopper wants: `{ item, num }` by item, the latest tap of each. */
export const wanted = new Map();

/** `user ...`, or nobody: null, or a text of its own since each sign-out. */
let owner = sharedNotes.get(ownerKey);
const isSomebody = () => Boolean(owner?.startsWith('user '));

/** To be called after each change. */
export function keep() {
  const kept = { owner, early, wanted: [...wanted] };
  notes.set(note, early.length + wanted.size > 0 ? JSON.stringify(kept) : '');
}

function drop() {
  early.length = 0;
  wanted.clear();
}

/** Another owner than before finds nothing on the page: no taps, no address, no order in doubt. */
function become(next) {
  const isOver = isSomebody() && owner !== next;
  if (isOver) drop();
  owner = next;
  keep();
  if (!isOver) return;
  for (const form of document.forms) form.reset();
  location.reload();
}

function own(next) {
  sharedNotes.set(ownerKey, next);
  become(next);
}

/** To be called when it is known who is signed in: what nobody has tapped becomes theirs. */
export function belongTo(user_id) {
  own(`user ${user_id}`);
}

/** To be called when somebody has signed out. */
export function dropEverywhere() {
  drop();
  own(`nobody ${Date.now()} ${Math.random()}`);
}

function restore() {
  const kept = JSON.parse(notes.get(note) || 'null');
  if (kept === null || kept.owner !== owner) return;
  early.push(...kept.early);
  for (const [item_id, want] of kept.wanted) wanted.set(item_id, want);
}

restore();
addEventListener('storage', ({ key, newValue }) => {
  if (key === ownerKey) become(newValue);
});
