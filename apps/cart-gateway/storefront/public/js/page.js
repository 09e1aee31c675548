// What every page shares: amounts and text for the DOM, requests, and what to do when they fail.

/** `5990` fen as `￥59.90`. Digits are moved, not divided: no binary float comes near money. */
export function money(fen) {
  if (!Number.isSafeInteger(fen) || fen < 0) throw new TypeError('An amount is not whole fen.');
  const digits = String(fen).padStart(3, '0');
  return `￥${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function at(id) {
  return document.getElementById(id);
}

/** An element with these properties. Strings among the children become text, never markup. */
export function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Chinese with the smaller English beside it, as children for `make` or `replaceChildren`. */
export function both(zh, en) {
  return [zh, ' ', make('small', { lang: 'en' }, en)];
}

/** Puts a text in both languages where `id` is, and shows it. */
export function tell(id, zh, en) {
  const node = at(id);
  node.replaceChildren(...both(zh, en));
  node.hidden = false;
}

/** The moment of an ISO 8601 text in the reader's own time zone. */
export function moment(iso) {
  const format = new Intl.DateTimeFormat('zh-CN', { dateStyle: 'medium', timeStyle: 'short' });
  return make('time', { dateTime: iso }, format.format(new Date(iso)));
}

/** `?out_trade_no=` of this page, or null. It is the only thing that a page takes from there. */
export function numberInAddress() {
  return new URLSearchParams(location.search).get('out_trade_no') || null;
}

let leaving = false;

/**
 * Leaves for good: a finished payment is not to be found again behind the back button. Whoever
 * waits and whoever has clicked may both want to leave; the first of them does.
 */
export function go(page, out_trade_no) {
  if (leaving) return;
  leaving = true;
  location.replace(`${page}?${new URLSearchParams({ out_trade_no })}`);
}

/** A refused or failed request: problem details of the server; status 0 if none answered. */
export class Problem extends Error {
  /** Set by who knows that this refusal says nothing about an earlier, equal request. */
  undecided = false;

  constructor({ status, code, title, detail, retryAfterMs = 0 }) {
    super(title);
    Object.assign(this, { status, code, title, detail, retryAfterMs });
  }

  /** True if nothing is decided yet, so that the same request may be sent again. */
  get passing() {
    return this.undecided || this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function problemOf(response, text) {
  let told = {};
  try {
    told = JSON.parse(text) ?? {};
  } catch {
    // Something between us and the server answered; its status has to do.
  }
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new Problem({
    status: response.status,
    code: told.code,
    title: told.title ?? `HTTP ${response.status}`,
    detail: told.detail,
    retryAfterMs: seconds > 0 ? Math.min(seconds, 60) * 1000 : 0,
  });
}

/** Sends a request and gives `{ status, data }`; everything else is thrown as a `Problem`. */
export async function request(method, path, { body, headers, limitMs = 20_000 } = {}) {
  const silence = { status: 0, title: 'The server did not answer.' };
  const sent = { accept: 'application/json', ...headers };
  if (body !== undefined) sent['content-type'] = 'application/json';
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body: JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(limitMs),
    });
    text = await response.text();
  } catch {
    throw new Problem(silence);
  }
  if (!response.ok) throw problemOf(response, text);
  try {
    return { status: response.status, data: text === '' ? null : JSON.parse(text) };
  } catch {
    // A page of a captive network, say: the server itself has not been heard.
    throw new Problem(silence);
  }
}

/** Ends early when the network is back. */
export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    addEventListener('online', resolve, { once: true });
  });
}

const pauseMsMax = 30_000;
/** A try that held this long was not refused: a proxy cut a long wait, as many do. */
const steadyMs = 30_000;

/**
 * Does `work`, and does it again while its problems are passing ones: after the server's
 * Retry-After at least, ever more slowly, spread out so that not all pages come back at once.
 * After `triesMax` failures in a row the last problem is thrown.
 */
export async function persist(work, { triesMax = 20, onTrouble = () => {} } = {}) {
  let failures = 0;
  for (;;) {
    const began = Date.now();
    try {
      return await work();
    } catch (problem) {
      if (!problem.passing) throw problem;
      const wasSteady = Date.now() - began > steadyMs;
      failures = wasSteady ? 1 : failures + 1;
      if (failures >= triesMax) throw problem;
      if (!wasSteady) onTrouble(problem);
      const pauseMs = Math.max(problem.retryAfterMs, Math.min(500 * 2 ** failures, pauseMsMax));
      await pause(pauseMs + Math.random() * 1000);
    }
  }
}

const chinese = {
  'request/malformed': '请求无法识别',
  'request/invalid': '填写的内容有误',
  'auth/required': '请先登录',
  'auth/foreign-origin': '请求来自其他网站，已被拒绝',
  'item/not-found': '没有这件商品',
  'cart/empty': '购物车是空的',
  'cart/changed': '购物车刚刚有变动，请核对后再下单',
  'cart/too-large': '购物车放不下了',
  'payment/not-found': '没有这笔支付',
  'payment/already-paid': '这笔支付已经付款',
  'idempotency/key-reused': '这次下单已经提交过，请查看我的支付',
  'wechat/unavailable': '暂时无法连接微信支付',
  'service/unavailable': '系统暂时不可用',
};

/** What a problem is called in Chinese; the English beside it is the server's own `title`. */
export function chineseOf(problem) {
  if (problem.status === 0) return '网络没有回应';
  return chinese[problem.code] ?? (problem.passing ? '系统出了点问题' : '操作没有成功');
}

/** Shows a problem in the page's `#problem`, with a button that does `again` if one is given. */
export function showProblem(problem, again) {
  const known = problem instanceof Problem;
  if (!known) reportError(problem);
  const zh = known ? chineseOf(problem) : '页面出了点问题';
  const en = known ? problem.title : 'Something went wrong on this page.';
  const box = at('problem');
  box.replaceChildren(make('strong', {}, ...both(zh, en)));
  if (known && problem.detail) box.append(make('p', { lang: 'en' }, problem.detail));
  if (again) {
    const button = make('button', { type: 'button' }, ...both('重试', 'Try again'));
    button.addEventListener('click', again);
    box.append(button);
  }
  box.hidden = false;
}

export function hideProblem() {
  at('problem').hidden = true;
}

/** Does the whole work of a page that needs sign-in: without one it leads to the shop. */
export async function guarded(work) {
  try {
    await work();
  } catch (problem) {
    if (problem.status === 401) location.replace('/');
    else showProblem(problem, () => location.reload());
  }
}

// A page that the browser kept would show a cart or a payment as it was: it is loaded anew.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
