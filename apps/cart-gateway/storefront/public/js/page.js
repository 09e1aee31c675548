// What every page shares: amounts, texts in two languages, and where to go.

document.documentElement.dataset.running = '';

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

/** Makes these the only children of a node. */
export function fill(node, ...children) {
  node.textContent = '';
  node.append(...children);
}

/** `zh-CN` or `en`: what the reader chose, or the browser prefers (js/first.js). */
export function language() {
  return document.documentElement.lang;
}

/** Makes a text the only content of a node, in the reader's language also if that changes. */
export function say(node, zh, en) {
  Object.assign(node.dataset, { zh, en });
  node.textContent = language() === 'en' ? en : zh;
  return node;
}

/** A text in the reader's language, as a child for `make`. */
export function words(zh, en) {
  return say(make('span'), zh, en);
}

/** Puts a text where `id` is, and shows it. */
export function tell(id, zh, en) {
  say(at(id), zh, en).hidden = false;
}

/** A button that does `work` when it is pressed. */
export function button(properties, label, work) {
  const node = make('button', { type: 'button', ...properties }, label);
  node.addEventListener('click', work);
  return node;
}

/** The moment of an ISO 8601 text in the reader's own time zone. */
export function moment(iso) {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' };
  const options = { ...parts, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const text = (locale) => new Date(iso).toLocaleString(locale, options);
  return say(make('time', { dateTime: iso }), text('zh-CN'), text('en'));
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

const notesIn = (storage) => ({
  get(name) {
    try {
      return storage().getItem(name);
    } catch {
      return null;
    }
  },
  set(name, text) {
    try {
      storage().setItem(name, text);
    } catch {
      // What was to be remembered is done by hand then.
    }
  },
});

/** Notes of this tab alone, such as whose goods shall go back; lost where storage is off. */
export const notes = notesIn(() => sessionStorage);
/** Notes of all tabs of this browser, such as whose it is; lost where storage is off. */
export const sharedNotes = notesIn(() => localStorage);

// A page that the browser kept would show a cart or a payment as it was: it is loaded anew.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
