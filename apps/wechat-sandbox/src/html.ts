import { createHash } from 'node:crypto';

/** Markup that is safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | false | readonly Html[];

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function markup(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(markup).join('');
  return String(part).replace(/[&<>"']/g, (char) => escapes[char] ?? '');
}

/** A template whose values are escaped unless they are Html themselves. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  const rest = parts.map((part, n) => markup(part) + (texts[n + 1] ?? ''));
  return new Html((texts[0] ?? '') + rest.join(''));
}

export interface Page {
  readonly title: string;
  readonly style: string;
  readonly body: Html;
}

interface Reply {
  status(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): unknown;
}

/** Sends a page that can do nothing but show itself and post its own forms. */
export function sendPage(reply: Reply, page: Page, status = 200): void {
  const hash = createHash('sha256').update(page.style).digest('base64');
  const text = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${markup(page.title)}</title>
<style>${page.style}</style>
</head>
<body>
${page.body.text}
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
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(text);
}

/** A button that posts these fields. */
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

/** Fen as a person reads them: `68.10`. */
export function yuan(fen: number): string {
  const digits = String(fen).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A form that a page posted, as the bytes that came in. */
export const readForm = (body: unknown): URLSearchParams =>
  new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');
