// Requests that always end: answered, refused, or given up in time and asked again.
import { language } from './page.js';
import { sentences } from './sentences.js';

/**
 * A refused or failed request: problem details of the server; status 0 if none answered. `title`,
 * `advice` (or null) and the `message` of each issue are for the reader, as `[zh, en]`.
 */
export class Problem extends Error {
  constructor({ status, title, code, advice = null, issues = [], retryAfterMs = 0 }) {
    super(title[1]);
    Object.assign(this, { status, title, code, advice, issues, retryAfterMs });
    // Set by who knows that this refusal says nothing about an earlier, equal request.
    this.undecided = false;
    // Set by who knows that it was met before anything was asked to be done.
    this.unsent = false;
    // Given up since the page woke up, or since its time was over.
    this.woken = false;
    this.late = false;
  }

  /** True if nothing is decided yet, so that the same request may be sent again. */
  get passing() {
    if (this.undecided || this.status === 0 || this.status === 429) return true;
    // A refusal without a code is not our service's: something before it has answered.
    return this.status >= 500 || (this.code === undefined && this.status !== 401);
  }
}

const silence = { status: 0, title: ['网络或服务没有回应', 'The server does not answer'] };

// ---- waking

const sleepers = new Set();

/**
 * Calls `work` when the page wakes up: the network is back, or somebody looks at it again. What was
 * under way may have died unnoticed while it slept. Gives the way to stop.
 */
export function onWake(work) {
  sleepers.add(work);
  return () => sleepers.delete(work);
}

export function wake() {
  for (const work of [...sleepers]) work();
}

/** Ends when the page wakes up the next time. */
export function nextWake() {
  return new Promise((resolve) => {
    const stop = onWake(() => {
      stop();
      resolve();
    });
  });
}

addEventListener('online', wake);
// The first one only says that the page has loaded.
addEventListener('load', () => setTimeout(() => addEventListener('pageshow', wake)));
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') wake();
});

const wallMs = () => Date.now() - performance.now();
let wallBefore = wallMs();
// The computer slept, or its clock was set: either way the server's time has to be asked for.
setInterval(() => {
  const isMoved = Math.abs(wallMs() - wallBefore) > 2_000;
  wallBefore = wallMs();
  if (isMoved) wake();
}, 1000);

/** Ends early when the page wakes up; says if it did. */
export function pause(ms) {
  return new Promise((resolve) => {
    const end = (isWoken) => {
      clearTimeout(timer);
      stop();
      resolve(isWoken);
    };
    const timer = setTimeout(() => end(false), ms);
    const stop = onWake(() => end(true));
  });
}

// ---- one request

let serverOffsetMs = Date.now() - performance.now();

/**
 * The server's time in milliseconds. It runs on the browser's own counter: the reader's clock may
 * err, and may be set while the page is open.
 */
export function serverNow() {
  return performance.now() + serverOffsetMs;
}

function readClock(response) {
  const offsetMs = Date.parse(response.headers.get('date') ?? '') - performance.now();
  // The header has whole seconds: a difference below that would only make a countdown jump.
  if (Math.abs(offsetMs - serverOffsetMs) > 2_000) serverOffsetMs = offsetMs;
}

/** Something between us and the server has answered; its status has to do. */
function strange({ status }) {
  const [zh, en] =
    status >= 500 || status === 429
      ? ['系统出了点问题', 'Something went wrong']
      : ['操作没有成功', 'This was not done'];
  return { title: [`${zh}（HTTP ${status}）`, `${en} (HTTP ${status})`] };
}

function problemOf(response, text) {
  const { status } = response;
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const retryAfterMs = seconds > 0 ? Math.min(seconds, 60) * 1000 : 0;
  const { code, title, detail, issues = [] } = readObject(text);
  if (code === undefined) return new Problem({ ...strange(response), status, retryAfterMs });
  return new Problem({
    status,
    code,
    title: inBoth(title),
    // Of an outage a detail speaks to operators, of issues it says what they say.
    advice: detail && issues.length === 0 && status < 500 ? adviceOf(detail) : null,
    issues: issues.map(({ path, message }) => ({ path, message: inBoth(message) })),
    retryAfterMs,
  });
}

function readObject(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** `[zh, en]` of what the server has said in the reader's language at that time. */
function inBoth(text) {
  return sentences.find((pair) => pair.includes(text)) ?? [text, text];
}

/** What is no sentence for shoppers is English for operators: nothing to a shopper. */
function adviceOf(detail) {
  const isForAll = sentences.some((pair) => pair.includes(detail));
  const isConsole = document.querySelector('main').dataset.page === 'console';
  return isForAll || isConsole ? inBoth(detail) : null;
}

/** Sends it and reads all of the answer, for `limitMs` at most. */
async function exchange(path, options, { limitMs, untilWoken, abort }) {
  const why = {};
  const giveUp = (reason) => {
    why[reason] = true;
    abort.abort();
  };
  const stop = onWake(() => untilWoken && giveUp('woken'));
  const timer = setTimeout(() => giveUp('late'), limitMs);
  try {
    const response = await fetch(path, { ...options, cache: 'no-store', signal: abort.signal });
    readClock(response);
    const text = await response.text();
    return { response, text };
  } catch {
    throw Object.assign(new Problem(silence), why);
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** The address of the next page of a list, a path of this server, or null. */
function nextOf(response) {
  const link = response.headers.get('link') ?? '';
  const found = /<(\/[^>]*)>\s*;\s*rel="?next\b/.exec(link);
  return found === null ? null : found[1];
}

/**
 * Sends a request and gives `{ status, data, next }`; everything else is thrown as a `Problem`.
 * With `untilWoken` it is given up when the page wakes up, to be asked again on a fresh connection.
 */
export async function request(method, path, options = {}) {
  const { body, headers, limitMs = 8_000, untilWoken = false } = options;
  const { abort = new AbortController() } = options;
  const sent = { accept: 'application/json', 'accept-language': language(), ...headers };
  if (body !== undefined) sent['content-type'] = 'application/json';
  const init = { method, headers: sent, body: JSON.stringify(body) };
  const { response, text } = await exchange(path, init, { limitMs, untilWoken, abort });
  if (!response.ok) throw problemOf(response, text);
  try {
    const data = text === '' ? null : JSON.parse(text);
    return { status: response.status, data, next: nextOf(response) };
  } catch {
    // A page of a captive network, say: the server itself has not been heard.
    throw new Problem(silence);
  }
}

/** A browser keeps so many connections to a server. */
const connectionsMax = 6;
const quickMs = 2_000;

/**
 * A GET that a dead connection cannot keep. Browsers send a request on whichever connection lies
 * idle, and when a network has gone away all of those may be dead. So if the answer is not there
 * soon, as many requests go out as there can be connections: one of them gets a fresh one.
 */
export async function get(path) {
  try {
    return (await request('GET', path, { limitMs: quickMs, untilWoken: true })).data;
  } catch (problem) {
    if (!problem.late) throw problem;
  }
  const abort = new AbortController();
  const options = { untilWoken: true, abort };
  try {
    const tries = Array.from({ length: connectionsMax }, () => request('GET', path, options));
    return (await firstOf(tries)).data;
  } finally {
    abort.abort();
  }
}

/** The first that is answered, be it with a definite no; else the last one's problem. */
function firstOf(promises) {
  return new Promise((resolve, reject) => {
    let rest = promises.length;
    const fail = (problem) => {
      rest -= 1;
      if (rest === 0 || !problem.passing) reject(problem);
    };
    for (const promise of promises) promise.then(resolve, fail);
  });
}

// ---- many tries

const pauseMsMax = 30_000;

/**
 * How long to wait after so many failures in a row, the last one a `problem` or null: the server's
 * Retry-After at least, ever longer, spread out so that not all pages come back at once.
 */
export function pauseMsAfter(failures, problem) {
  const retryAfterMs = problem === null ? 0 : problem.retryAfterMs;
  const pauseMs = Math.max(retryAfterMs, Math.min(500 * 2 ** failures, pauseMsMax));
  return pauseMs + Math.random() * 1000;
}

/** A reader who waits longer than this without an answer is told so. */
const patienceMs = 3_000;

/**
 * Does `work`, and does it again, ever more slowly, while its problems are passing ones.
 * `onTrouble` hears of each failure and, at once, of an answer that is long in coming. After
 * `triesMax` failures in a row the last problem is thrown. When the page wakes up it tries at once,
 * and the pauses begin anew.
 */
export async function persist(work, { triesMax = 20, onTrouble = () => {} } = {}) {
  for (let failures = 0; ; ) {
    try {
      return await patiently(work, onTrouble);
    } catch (problem) {
      if (problem.woken) continue;
      failures += 1;
      if (!problem.passing || failures >= triesMax) throw problem;
      onTrouble(problem);
      if (await pause(pauseMsAfter(failures, problem))) failures = 0;
    }
  }
}

async function patiently(work, onTrouble) {
  const slow = setTimeout(() => onTrouble(new Problem(silence)), patienceMs);
  try {
    return await work();
  } finally {
    clearTimeout(slow);
  }
}
