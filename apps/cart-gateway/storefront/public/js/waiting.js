// How pages hear of their payments. A browser has six connections to a server, and a page that
// waits holds one: so of all its pages one waits at the server, and the others look now and then.
import { pause, wake } from './request.js';
import { queryPayStatus } from './service/payService.js';

/** A wait that is not answered by then is given up: its connection may have died unnoticed. */
const waitMsMax = 15_000;
/** How often a page looks that does not wait, and one that nobody sees. */
const lookEveryMs = 3_000;
const unseenLookEveryMs = 30_000;
/** Money may come after a close. A page looks for it so long: often at first, then less. */
const lateLookMsMax = 600_000;
const lateLookOftenMs = 60_000;
const lateLookEveryMs = 15_000;
/** Where nothing is expected to come. */
const idleLookEveryMs = 30_000;

let isWaiter = false;
/** The answer before came at once: a second one that does is no news, and must not make a rush. */
let wasQuick = false;
/** Leaves the queue, or hands the waiting over to the next page. */
let leave = () => {};
/** Ends a pause when it is this page's turn to wait. */
let endPause = () => {};

const isSeen = () => document.visibilityState !== 'hidden';

/** The browser gives the lock on when its page closes, hides or crashes: at once. */
function queue() {
  leave();
  const abort = new AbortController();
  leave = () => abort.abort();
  const turn = () =>
    new Promise((resolve) => {
      isWaiter = true;
      leave = () => {
        isWaiter = false;
        resolve();
      };
      endPause();
    });
  navigator.locks.request('saoma-waiting', { signal: abort.signal }, turn).catch((error) => {
    if (error.name !== 'AbortError') throw error;
  });
}

/**
 * Takes part in the queue of pages that would wait, while somebody sees this one. Browsers without
 * such locks (Safari before 15.4, Firefox before 96, pages that came by plain http) only look.
 */
export function takeTurns() {
  if (!navigator.locks) return;
  document.addEventListener('visibilitychange', () => {
    if (isSeen()) return queue();
    leave();
    // A wait of its own would go on beside that of the next page.
    wake();
  });
  if (isSeen()) queue();
}

/**
 * Ends when it is time to look at the payment, as the page shows it, again. Gives the server's
 * message if it said one: that is a reason to look, and no more.
 */
export async function reasonToLook(payment) {
  if (!isWaiter) {
    await new Promise((resolve) => {
      endPause = resolve;
      pause(isSeen() ? lookEveryMs : unseenLookEveryMs).then(resolve);
    });
    return undefined;
  }
  const began = performance.now();
  const isShort = () => performance.now() - began < lookEveryMs;
  try {
    const { success, message } = await queryPayStatus(payment, waitMsMax);
    const isQuick = !success && isShort();
    if (isQuick && wasQuick) await pause(lookEveryMs);
    wasQuick = isQuick;
    return message;
  } catch (problem) {
    if (!problem.passing) throw problem;
    if (!problem.woken && isShort()) await pause(lookEveryMs);
    return undefined;
  }
}

/**
 * Ends when it is time to look whether money came, or went back, after what was seen at `sinceMs`
 * of `performance.now()`: only while somebody sees the page, and seldom unless it `isExpected`.
 * Gives false once that has been long enough.
 */
export async function reasonToLookLate(sinceMs, isExpected) {
  const pastMs = performance.now() - sinceMs;
  if (pastMs > lateLookMsMax) return false;
  const lateEveryMs = pastMs < lateLookOftenMs ? lookEveryMs : lateLookEveryMs;
  await pause(isExpected ? lateEveryMs : idleLookEveryMs);
  while (!isSeen()) await pause(unseenLookEveryMs);
  return true;
}
