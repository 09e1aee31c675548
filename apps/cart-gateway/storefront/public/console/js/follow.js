// A page of the console that follows what is under way, without being loaded again.
import { pause, wake } from '../../js/request.js';

const lookEveryMs = 4_000;
/** While nothing is under way: somebody else may begin something. */
const idleEveryMs = 10_000;
/** So often for so long after the page was shown, looked at, or something was done on it. */
const lookMsMax = 600_000;
/** It is ended early by whoever looks at the page again. */
const unseenPauseMs = 30_000;

let follows = 0;

const isAsking = () => document.querySelector('dialog') !== null;

/** What is being read was asked for before something was done: it is not drawn any more. */
export function endFollowing() {
  follows += 1;
}

/** What is drawn may replace the button that the reader has come to. */
export function drawInPlace(draw, seen) {
  const { id } = document.activeElement;
  draw(seen);
  if (id !== '' && document.activeElement.id !== id) document.getElementById(id)?.focus();
}

// Of two windows side by side both are visible all the time.
addEventListener('focus', wake);

/**
 * Looks again while somebody sees the page, more often while something is under way in what was
 * `shown` last, and once more afterwards: its parts were not read at one moment. Draws what is new,
 * though never behind a question that is open. The next call ends this one.
 */
export async function follow(shown, { load, isUnderWay, draw }) {
  endFollowing();
  const mine = follows;
  let sinceMs = performance.now();
  let [before, seen] = [shown, shown];
  const everyMs = () => (isUnderWay(before) || isUnderWay(seen) ? lookEveryMs : idleEveryMs);
  while (mine === follows) {
    const isLong = performance.now() - sinceMs > lookMsMax;
    let isWoken = await pause(isLong ? unseenPauseMs : everyMs());
    while (document.visibilityState === 'hidden') isWoken = await pause(unseenPauseMs);
    if (isWoken) sinceMs = performance.now();
    // Null when it cannot be had now: that somebody has to sign in again is for their next action.
    const next = isAsking() ? null : await load().catch(() => null);
    if (mine !== follows) return;
    if (next === null || isAsking()) continue;
    if (JSON.stringify(next) !== JSON.stringify(seen)) drawInPlace(draw, next);
    [before, seen] = [seen, next];
  }
}
