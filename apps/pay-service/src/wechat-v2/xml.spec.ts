import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { golden } from '../spec-kit';
import { mapToXml, XmlError, xmlToMap } from './xml';

const read = (text: string) => xmlToMap(Buffer.from(text));
const readOne = (text: string) => read(`<xml><a>${text}</a></xml>`).get('a');

test('values stay strings, decoded once, whichever way they are written', () => {
  assert.equal(readOne('00123'), '00123');
  assert.equal(readOne('1e3'), '1e3');
  assert.equal(readOne('4200002345202609306543210987'), '4200002345202609306543210987');
  assert.equal(readOne(' a b '), ' a b ');
  assert.equal(readOne('  '), '  ');
  assert.equal(readOne(''), '');
  assert.equal(readOne('<![CDATA[]]>'), '');
  assert.equal(readOne('a&amp;b&lt;&#65;&#x4e2d;'), 'a&b<A中');
  assert.equal(readOne('<![CDATA[a&amp;b]]>'), 'a&amp;b');
  assert.equal(readOne('a<![CDATA[<b>]]>c<![CDATA[d]]>'), 'a<b>cd');
  assert.equal(readOne('<![CDATA[x]]]]><![CDATA[>y]]>'), 'x]]>y');
  assert.deepEqual([...read('<xml><a/><b></b></xml>')], Object.entries({ a: '', b: '' }));
});

test('markup inside CDATA is text', () => {
  for (const text of [
    '<!DOCTYPE a>',
    '<?php ?>',
    '<!-- -->',
    '<b c="d"/>',
    '&nbsp;',
    '<![CDATA[',
  ]) {
    assert.equal(readOne(`<![CDATA[${text}]]>`), text);
  }
});

test('names that mean something to JavaScript are names like any other', () => {
  const fields = read('<xml><__proto__>a</__proto__><toString>b</toString></xml>');
  assert.deepEqual(
    [...fields],
    [
      ['__proto__', 'a'],
      ['toString', 'b'],
    ],
  );
  assert.equal(read('<xml><constructor>c</constructor></xml>').get('constructor'), 'c');
});

test('a declaration, a byte order mark and white space around are taken', () => {
  const message = '<xml>\r\n\t<a>1</a> \n</xml>\n';
  for (const before of [
    '',
    '\ufeff',
    '\n ',
    '<?xml version="1.0"?>',
    "<?xml version='1.0' encoding='utf-8'?>\n",
    '\ufeff<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n',
  ]) {
    assert.deepEqual([...read(before + message)], [['a', '1']]);
  }
});

const refused: Record<string, string> = {
  'an empty body': '',
  'white space': ' \n',
  'plain text': 'SUCCESS',
  JSON: '{"a":1}',
  'a DOCTYPE': '<!DOCTYPE xml><xml><a>1</a></xml>',
  'an external entity':
    '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
  'an entity bomb': '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><xml><a>&b;&b;</a></xml>',
  'an entity without DOCTYPE': '<xml><a>&e;</a></xml>',
  "HTML's entity": '<xml><a>&nbsp;</a></xml>',
  "an entity of JavaScript's": '<xml><a>&toString;</a></xml>',
  'an unfinished entity': '<xml><a>&amp</a></xml>',
  'a bare ampersand': '<xml><a>b & c</a></xml>',
  'NUL by number': '<xml><a>&#0;</a></xml>',
  'half a character by number': '<xml><a>&#xD800;</a></xml>',
  'a character beyond Unicode': '<xml><a>&#x110000;</a></xml>',
  'a control character': '<xml><a>\u0007</a></xml>',
  'a control character in CDATA': '<xml><a><![CDATA[\u0000]]></a></xml>',
  'an odd blank between elements': '<xml>\u000b<a>1</a></xml>',
  'a processing instruction': '<?php echo 1 ?><xml><a>1</a></xml>',
  'a processing instruction inside': '<xml><?x y?><a>1</a></xml>',
  'a second declaration': '<?xml version="1.0"?><?xml version="1.0"?><xml><a>1</a></xml>',
  'a late declaration': '<xml><a>1</a></xml><?xml version="1.0"?>',
  'another encoding': '<?xml version="1.0" encoding="GBK"?><xml><a>1</a></xml>',
  'a comment': '<xml><!-- --><a>1</a></xml>',
  'a comment in a value': '<xml><a>1<!-- -->2</a></xml>',
  'a name twice': '<xml><a>1</a><a>1</a></xml>',
  'nested elements': '<xml><a><b>1</b></a></xml>',
  'a nested empty element': '<xml><a><b/></a></xml>',
  'an attribute': '<xml><a b="c">1</a></xml>',
  'an attribute of the root': '<xml b="c"><a>1</a></xml>',
  'an attribute that JavaScript hides': '<xml><a __proto__="c">1</a></xml>',
  'a namespace': '<x:xml><a>1</a></x:xml>',
  'another root': '<root><a>1</a></root>',
  'two roots': '<xml><a>1</a></xml><xml><a>2</a></xml>',
  'an empty second root': '<xml><a>1</a></xml><b/>',
  'text before the root': 'x<xml><a>1</a></xml>',
  'text after the root': '<xml><a>1</a></xml>x',
  'CDATA after the root': '<xml><a>1</a></xml><![CDATA[x]]>',
  'text between elements': '<xml><a>1</a>x<b>2</b></xml>',
  'CDATA between elements': '<xml><a>1</a><![CDATA[ ]]><b>2</b></xml>',
  'the wrong closing tag': '<xml><a>1</b></xml>',
  'closing tags in the wrong order': '<xml><a>1</xml></a>',
  'a closing tag too many': '<xml><a>1</a></xml></xml>',
  'only a closing tag': '</xml>',
  'an end of CDATA that closes nothing': '<xml><a>1]]></a></xml>',
  'CDATA inside a tag': '<xml><a<![CDATA[b]]>>1</a></xml>',
  'an unclosed CDATA': '<xml><a><![CDATA[1</a></xml>',
  'lower-case CDATA': '<xml><a><![cdata[1]]></a></xml>',
  'a tag with a blank before its name': '<xml>< a>1</a></xml>',
};
for (const [what, text] of Object.entries(refused)) {
  test(`refuses ${what}`, () => assert.throws(() => read(text), XmlError));
}

test('refuses bytes that are not UTF-8', () => {
  const start = Buffer.from('<xml><a>');
  const end = Buffer.from('</a></xml>');
  for (const bytes of [
    [0x80],
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xe4, 0xb8],
    [0xf5, 0x80, 0x80, 0x80],
  ]) {
    assert.throws(() => xmlToMap(Buffer.concat([start, Buffer.from(bytes), end])), XmlError);
  }
  assert.throws(() => xmlToMap(Buffer.from('\ufeff<xml><a>1</a></xml>', 'utf16le')), XmlError);
});

test('takes 64 KiB and refuses one byte more', () => {
  const frame = '<xml><a></a></xml>'.length;
  assert.equal(readOne('x'.repeat(65_536 - frame))?.length, 65_536 - frame);
  assert.throws(() => readOne('x'.repeat(65_537 - frame)), XmlError);
  assert.throws(() => readOne('中'.repeat(21_840)), XmlError);
});

test('refuses deep and wide bombs', () => {
  assert.throws(() => read('<xml>'.repeat(13_000)), XmlError);
  assert.throws(() => read('<![CDATA['.repeat(7_000)), XmlError);
  assert.throws(() => read(`<xml>${'<a/>'.repeat(16_000)}</xml>`), XmlError);
});

test('refuses a message truncated at any byte', () => {
  for (const bytes of [
    golden('G09'),
    Buffer.from('<?xml version="1.0"?><xml><a>&amp;</a><b/></xml>'),
  ]) {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => xmlToMap(bytes.subarray(0, length)), XmlError, `cut at ${length}`);
    }
    assert.ok(xmlToMap(bytes).size > 0);
  }
});

const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,12}$/);
const markup = fc.constantFrom(
  ']]>',
  ']]',
  '>',
  '<![CDATA[',
  '<!DOCTYPE x>',
  '<?x?>',
  '&amp;',
  '&#0;',
  '\n',
  '</a>',
);
const legal = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
});
const value = fc.array(fc.oneof(markup, legal), { maxLength: 6 }).map((parts) => parts.join(''));
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => new Map(pairs));

test('whatever is written is read back the same', () => {
  fc.assert(
    fc.property(fields, fc.constantFrom('', '\n'), (written, separator) => {
      assert.deepEqual([...xmlToMap(Buffer.from(mapToXml(written, separator)))], [...written]);
    }),
    { numRuns: 1_000 },
  );
});

test('what XML cannot say is not written', () => {
  for (const [key, text] of [
    ['a b', ''],
    ['', ''],
    ['1a', ''],
    ['a>', ''],
    ['a', '\0'],
    ['a', '\ud800'],
    ['a', '\uffff'],
  ] as const) {
    assert.throws(() => mapToXml(new Map([[key, text]])), XmlError);
  }
});

const tokens = [
  '<',
  '>',
  '</',
  '/>',
  '&',
  ';',
  ']]>',
  '<![CDATA[',
  '<!',
  '<?',
  '"',
  '=',
  '\0',
  '<xml>',
  '</xml>',
  '<__proto__>',
  'é',
];
const edit = fc.record({
  at: fc.nat(1_100),
  cut: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom(...tokens).map((t) => [...Buffer.from(t)]),
    fc.array(fc.nat(255), { maxLength: 4 }),
  ),
});

test('a damaged message is refused, or read as flat strings that can be written again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('G05', 'G09', 'G20', 'G22'),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (sample, edits) => {
        const bytes = [...golden(sample)];
        for (const { at, cut, put } of edits) bytes.splice(at, cut, ...put);
        let result: Map<string, string>;
        try {
          result = xmlToMap(Buffer.from(bytes));
        } catch (error) {
          assert.ok(error instanceof XmlError, String(error));
          return;
        }
        for (const part of result.values()) assert.equal(typeof part, 'string');
        assert.deepEqual(xmlToMap(Buffer.from(mapToXml(result))), result);
      },
    ),
    { numRuns: 5_000 },
  );
});

/** One way among many to write a text: plain with entities or numbers, or in CDATA sections. */
const writings = [
  (text: string) => {
    const entities: Record<string, string> = {
      '&': '&amp;',
      '<': '&lt;',
      '>': '&gt;',
      '"': '&quot;',
    };
    return text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
  },
  (text: string) => [...text].map((character) => `&#${character.codePointAt(0)};`).join(''),
  (text: string) => [...text].map((c) => `&#x${c.codePointAt(0)?.toString(16)};`).join(''),
  (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`,
];
const written = fc.tuple(legal, fc.constantFrom(...writings));
const space = fc.constantFrom('', '\n', '\t', ' \r\n ');

test('however a message is written, it is read for what was meant', () => {
  const element = fc.tuple(name, fc.array(written, { maxLength: 4 }), space);
  fc.assert(
    fc.property(fc.array(element, { maxLength: 8 }), space, (elements, before) => {
      const meant = new Map<string, string>();
      let text = '';
      for (const [key, parts, after] of elements) {
        if (meant.has(key)) continue;
        meant.set(key, parts.map(([part]) => part).join(''));
        text += `<${key}>${parts.map(([part, write]) => write(part)).join('')}</${key}>${after}`;
      }
      assert.deepEqual(read(`${before}<xml>${before}${text}</xml>${before}`), meant);
    }),
    { numRuns: 1_000 },
  );
});

test('golden samples are read as a plain reading of their lines has it', () => {
  for (const sample of 'G01 G02 G03 G05 G06 G09 G10 G12 G14 G16 G17 G19 G20 G22 G23'.split(' ')) {
    const lines = golden(sample)
      .toString()
      .matchAll(/<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|(\w*))<\/\1>/g);
    const plainly = [...lines].map(([, key, cdata, text]) => [key, cdata ?? text]);
    assert.deepEqual([...xmlToMap(golden(sample))], plainly, sample);
  }
});
