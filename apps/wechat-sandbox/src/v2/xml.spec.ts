import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { golden } from '../spec-kit';
import { readXml, writeXml, XmlError } from './xml';

describe('what is one of WeChat’s messages', () => {
  const read: [string, string, Record<string, string>][] = [
    [
      'CDATA and escaped text read alike',
      '<xml><a><![CDATA[x&y<z]]></a><b>x&amp;y&lt;z</b></xml>',
      {
        a: 'x&y<z',
        b: 'x&y<z',
      },
    ],
    ['pieces of one element are one text', '<xml><a>1<![CDATA[2]]>3</a></xml>', { a: '123' }],
    [
      'numbers stay texts',
      '<xml><a>007</a><b>4200002345202609306543210987</b></xml>',
      {
        a: '007',
        b: '4200002345202609306543210987',
      },
    ],
    [
      'empty elements are there',
      '<xml><a></a><b/><c><![CDATA[]]></c></xml>',
      { a: '', b: '', c: '' },
    ],
    [
      'a declaration and line ends around',
      '<?xml version="1.0"?>\r\n<xml>\r\n<a>1</a>\r\n</xml>\r\n',
      {
        a: '1',
      },
    ],
    [
      'names of JavaScript are names',
      '<xml><__proto__>1</__proto__><toString>2</toString></xml>',
      {
        ['__proto__']: '1',
        toString: '2',
      },
    ],
  ];
  for (const [name, text, fields] of read) {
    test(name, () => assert.deepEqual([...readXml(text)], Object.entries(fields)));
  }
});

describe('what is none is refused', () => {
  const refused: Record<string, string> = {
    'no XML': 'hello',
    nothing: '',
    'another root': '<root><a>1</a></root>',
    'a DOCTYPE': '<!DOCTYPE xml [<!ENTITY e "x">]><xml><a>&e;</a></xml>',
    'an entity of its own': '<xml><a>&e;</a></xml>',
    'an element twice': '<xml><a>1</a><a>2</a></xml>',
    nesting: '<xml><a><b>1</b></a></xml>',
    attributes: '<xml><a x="1">1</a></xml>',
    'a comment': '<xml><!-- c --><a>1</a></xml>',
    'a processing instruction': '<xml><?php ?><a>1</a></xml>',
    'a second root': '<xml><a>1</a></xml><xml><a>2</a></xml>',
    'text between elements': '<xml>x<a>1</a></xml>',
    'an element that does not end': '<xml><a>1</xml>',
    'CDATA that does not end': '<xml><a><![CDATA[1</a></xml>',
    'a control character': '<xml><a>\u0001</a></xml>',
    'a control character by number': '<xml><a>&#1;</a></xml>',
    'half a character by number': '<xml><a>&#xD800;</a></xml>',
    'too many elements': `<xml>${Array.from({ length: 201 }, (_, n) => `<a${n}/>`).join('')}</xml>`,
  };
  for (const [name, text] of Object.entries(refused)) {
    test(name, () => assert.throws(() => readXml(text), XmlError));
  }
});

test('every beginning of a message is refused', () => {
  const whole = golden('G20');
  for (let end = 0; end < whole.length; end += 1) {
    assert.throws(() => readXml(whole.slice(0, end)), XmlError);
  }
});

const bareIn: Record<string, RegExp> = {
  answers: /_(fee|count)$/,
  notices: /^total_fee$/,
  none: /^$/,
};
for (const [sample, bare] of Object.entries({
  G03: 'answers',
  G07: 'answers',
  G09: 'answers',
  G10: 'answers',
  G17: 'answers',
  G20: 'notices',
  G22: 'notices',
})) {
  test(`${sample} is written byte for byte`, () => {
    const text = golden(sample);
    assert.equal(
      writeXml(readXml(text), (name) => bareIn[bare]?.test(name) ?? false),
      text,
    );
  });
}

test('what is written is read back, whatever the text', () => {
  const text = fc.string({ unit: 'grapheme' }).map((raw) => raw.replace(/\r/g, ''));
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), text), (given) => {
      const fields = new Map(Object.entries(given));
      const read = (() => {
        try {
          return readXml(writeXml(fields, () => false));
        } catch (error) {
          // A text that XML has no place for cannot be written by anybody.
          assert.ok(error instanceof XmlError);
          return fields;
        }
      })();
      assert.deepEqual(read, fields);
    }),
  );
});
