/** One message: element names and their text, in their order. All values are strings. */
export type Fields = Map<string, string>;

/** Why a text is not one of WeChat's messages. */
export class XmlError extends Error {}

/** More elements than any message of WeChat has. */
const elementsMax = 200;
/** Characters that XML 1.0 has no place for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const declaration = /^<\?xml\s[^<>?]*\?>/;
const startTag = /<([A-Za-z_][\w.-]*)\s*(\/?)>/y;
const reference = /&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/g;
const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a flat message: one `<xml>` of distinct elements without attributes that hold text and
 * CDATA. Everything else is refused with an XmlError: no DOCTYPE, no entity of its own, no comment,
 * nothing nested, doubled or unfinished, for each of them has been used to forge a message.
 */
export function readXml(text: string): Fields {
  if (forbidden.test(text)) throw new XmlError('a character that XML does not allow');
  const body = text
    .replace(/\r\n?/g, '\n')
    .replace(declaration, '')
    .replace(/^[ \t\n]+|[ \t\n]+$/g, '');
  if (!body.startsWith('<xml>') || !body.endsWith('</xml>')) throw new XmlError('not one <xml>');
  const end = body.length - '</xml>'.length;
  const fields: Fields = new Map();
  let at = skipBlank(body, '<xml>'.length);
  while (at < end) {
    const element = readElement(body, at);
    if (fields.has(element.name)) throw new XmlError(`<${element.name}> twice`);
    if (fields.size === elementsMax) throw new XmlError('too many elements');
    fields.set(element.name, element.value);
    at = skipBlank(body, element.end);
  }
  if (at !== end) throw new XmlError('an element that does not end');
  return fields;
}

function readElement(body: string, start: number): { name: string; value: string; end: number } {
  startTag.lastIndex = start;
  const tag = startTag.exec(body);
  if (!tag) throw new XmlError('not a plain element');
  const name = tag[1] ?? '';
  let at = startTag.lastIndex;
  let value = '';
  const endTag = `</${name}>`;
  while (!tag[2]) {
    if (body.startsWith('<![CDATA[', at)) {
      const close = body.indexOf(']]>', at);
      if (close < 0) throw new XmlError('CDATA that does not end');
      value += body.slice(at + '<![CDATA['.length, close);
      at = close + ']]>'.length;
    } else if (body[at] === '<') {
      if (!body.startsWith(endTag, at)) throw new XmlError(`<${name}> holds more than text`);
      return { name, value, end: at + endTag.length };
    } else {
      const next = body.indexOf('<', at);
      value += decode(body.slice(at, next));
      at = next;
    }
  }
  return { name, value, end: at };
}

function decode(raw: string): string {
  if (raw.includes(']]>')) throw new XmlError(']]> in a text');
  if (raw.replace(reference, '').includes('&')) throw new XmlError('an unknown entity');
  return raw.replace(reference, (_, ...groups: (string | undefined)[]) => {
    const [name, decimal, hex] = groups;
    if (name) return named[name] ?? '';
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    const char = code > 0x10ffff || surrogate ? '\0' : String.fromCodePoint(code);
    if (forbidden.test(char)) throw new XmlError('a character that XML does not allow');
    return char;
  });
}

function skipBlank(body: string, start: number): number {
  let at = start;
  while (/[ \t\n]/.test(body[at] ?? '')) at += 1;
  return at;
}

/**
 * Writes a message in WeChat's layout: one element a line, `<xml>` and `</xml>` on the first and
 * the last, values in CDATA except the `bare` ones, which are integers.
 */
export function writeXml(fields: Fields, bare: (name: string) => boolean): string {
  const lines = [...fields].map(([name, value]) => {
    const cdata = `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
    return `<${name}>${bare(name) ? value : cdata}</${name}>`;
  });
  return `<xml>${lines.join('\n')}\n</xml>`;
}
