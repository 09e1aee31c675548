import { type Element, js2xml, xml2js } from 'xml-js';

/** The elements of a message by name. A Map, because `__proto__` is a name like any other here. */
export type Fields = ReadonlyMap<string, string>;

/** The text is not a message of WeChat's kind; nothing of it is to be believed. */
export class XmlError extends Error {}

/** WeChat's longest element has 18,000 bytes. */
const xmlBytesMax = 65_536;

const name = '[A-Za-z_][\\w.-]*';
const wholeName = new RegExp(`^${name}$`);
const declaration = new RegExp(
  `^<\\?xml\\s+version=(["'])1\\.0\\1(\\s+encoding=(["'])utf-8\\3)?` +
    `(\\s+standalone=(["'])(yes|no)\\5)?\\s*\\?>`,
  'i',
);
/**
 * What may not stand outside CDATA: any `<` but that of a tag without attributes (so no DOCTYPE, no
 * comment, no processing instruction), any `&` but the five entities of XML and characters by
 * number (the parser would take HTML's names too), and a `]]>` that closes nothing.
 */
const stray = new RegExp(
  `<(?!/?${name}[\\t\\n\\r ]*/?>)` +
    '|&(?!(?:lt|gt|amp|apos|quot|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)|\\]\\]>',
);
/** The parser's and JavaScript's idea of white space is wider than XML's. */
const blank = /^[\t\n\r ]*$/;
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Reads one flat `<xml>` element (`<root>` in the secret part of a refund notice): names and
 * decoded text, always strings. Anything else throws an XmlError, since a signature only protects
 * what sender and receiver read alike: DOCTYPE, instructions, comments, attributes, nesting, a name
 * twice, truncated text, text between elements, broken UTF-8, more than 64 KiB.
 */
export function xmlToMap(bytes: Uint8Array, rootName = 'xml'): Map<string, string> {
  if (bytes.byteLength > xmlBytesMax) throw new XmlError('longer than 64 KiB');
  const text = decode(bytes).replace(declaration, '');
  if (stray.test(outsideCdata(text))) throw new XmlError('other than plain elements');
  const [root, ...others] = elementsOf(parse(text));
  if (root?.name !== rootName || others.length > 0) {
    throw new XmlError(`not one <${rootName}> element`);
  }
  const fields = new Map<string, string>();
  for (const element of elementsOf(root)) {
    const key = String(element.name);
    if (fields.has(key)) throw new XmlError('an element twice');
    fields.set(key, textOf(element));
  }
  return fields;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new XmlError('not UTF-8');
  }
}

/** The text with a NUL, which is never legal, in the place of each CDATA section. */
function outsideCdata(text: string): string {
  let outside = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<![CDATA[', from);
    if (start < 0) return outside + text.slice(from);
    const end = text.indexOf(']]>', start);
    if (end < 0) throw new XmlError('truncated');
    outside += `${text.slice(from, start)}\0`;
    from = end + ']]>'.length;
  }
}

function parse(text: string): Element {
  try {
    // Not the compact form: there `<__proto__>` would set the prototype of the result.
    return xml2js(text, { compact: false, captureSpacesBetweenElements: true }) as Element;
  } catch {
    throw new XmlError('not well-formed');
  }
}

/** The elements inside, between which only white space may stand. */
function elementsOf(parent: Element): Element[] {
  return (parent.elements ?? []).filter((child) => {
    if (child.type === 'text' && blank.test(String(child.text))) return false;
    if (child.type !== 'element') throw new XmlError('text between elements');
    // The parser is silent about truncated text, but leaves this mark on what was never closed.
    if ('parent' in child) throw new XmlError('truncated');
    return true;
  });
}

function textOf(element: Element): string {
  let value = '';
  for (const part of element.elements ?? []) {
    if (part.type !== 'text' && part.type !== 'cdata') throw new XmlError('nested elements');
    value += part.type === 'text' ? part.text : part.cdata;
  }
  if (notXml.test(value)) throw new XmlError('a character that XML does not have');
  return value;
}

/**
 * Writes the fields in their order, each value in CDATA, `separator` between the elements. Throws
 * an XmlError for what XML cannot say: a control character, half a character, an odd name.
 */
export function mapToXml(fields: Fields, separator = '\n'): string {
  const between: Element[] = separator ? [{ type: 'text', text: separator }] : [];
  const elements = [...fields].flatMap(([key, value]): Element[] => {
    if (!wholeName.test(key) || notXml.test(value)) throw new XmlError('cannot be written as XML');
    return [{ type: 'element', name: key, elements: cdataOf(value) }, ...between];
  });
  const root = { type: 'element', name: 'xml', elements: [...between, ...elements] };
  return js2xml({ elements: [root] }, { compact: false });
}

/** `]]>` would end the section, so it is split over two (the library splits only the first). */
function cdataOf(value: string): Element[] {
  return value.split(/(?<=\]\])(?=>)/).map((cdata) => ({ type: 'cdata', cdata }));
}
