import { createHash } from 'node:crypto';
import { type Language, languageOf, tags } from '@saoma/platform/http/language';

/** Markup that is safe to put into a page, in both languages. */
export class Html {
  constructor(
    readonly zh: string,
    readonly en: string,
  ) {}
}

type Part = Html | string | number | undefined | false | readonly Html[];

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function markup(part: Part, language: Language): string {
  if (part instanceof Html) return part[language];
  if (part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map((each) => markup(each, language)).join('');
  return String(part).replace(/[&<>"']/g, (char) => escapes[char] ?? '');
}

/** A template whose values are escaped unless they are Html themselves. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  const whole = (language: Language) =>
    texts.map((text, n) => text + markup(parts[n], language)).join('');
  return new Html(whole('zh'), whole('en'));
}

/** A text of which a page shows the one in its reader's language. */
export function words(zh: string, en: string): Html {
  return new Html(markup(zh, 'zh'), markup(en, 'en'));
}

export interface Page {
  readonly title: Html;
  readonly style: string;
  readonly body: Html;
}

export interface Reply {
  readonly request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  };
  status(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): unknown;
  redirect(url: string, status: number): unknown;
}

/** Where the reader's choice of a language is kept. */
export const languageCookie = 'sandbox-language';

/** What the reader chose, else what the browser prefers; WeChat's own where nobody wishes any. */
function chosenLanguage({ headers }: Reply['request']): Language {
  const cookie = new RegExp(`(?:^|; *)${languageCookie}=(zh|en)(?:;|$)`).exec(`${headers.cookie}`);
  if (cookie) return cookie[1] as Language;
  const wanted = String(headers['accept-language'] ?? '*');
  return wanted === '*' ? 'zh' : languageOf(wanted);
}

function languageSwitch({ url }: Reply['request']): Html {
  const button = (language: Language, label: string) =>
    markup(postButton('/language', { language, back: url }, html`<button>${label}</button>`), 'en');
  return new Html(button('en', 'English'), button('zh', '中文'));
}

/** Sends a page that can do nothing but show itself and post its own forms. */
export function sendPage(reply: Reply, page: Page, status = 200): void {
  const hash = createHash('sha256').update(page.style).digest('base64');
  const language = chosenLanguage(reply.request);
  const text = `<!doctype html>
<html lang="${tags[language]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${page.title[language]}</title>
<style>${page.style}</style>
</head>
<body>
${page.body[language]}
<footer class="language">${languageSwitch(reply.request)[language]}</footer>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  reply
    .status(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      vary: 'accept-language, cookie',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(text);
}

export function postButton(
  action: string,
  fields: Readonly<Record<string, string | number>>,
  button: Html,
): Html {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action}">${inputs}${button}</form>`;
}

export const heads = (...names: [zh: string, en: string][]): Html =>
  html`${names.map(([zh, en]) => html`<th>${words(zh, en)}</th>`)}`;

/** A form that a page posted, as the bytes that came in. */
export const readForm = (body: unknown): URLSearchParams =>
  new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');
