import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleaned, PersonText, Phone } from './person-text';
import { sentenceOf } from './words';

/** What is pasted, and what is meant by it. */
const texts: Readonly<Record<string, readonly [pasted: string, meant: string]>> = {
  'nothing to clean': ['王小明', '王小明'],
  'blanks around it': ['\u3000 王小明\u00a0 ', '王小明'],
  'two lines': ['北京市\r\n海淀区', '北京市 海淀区'],
  'many lines and tabs': ['a\n\n\tb\u2028c\u0085d', 'a b c d'],
  'blanks between words': ['1  号\u30002 楼', '1  号\u30002 楼'],
  'marks of direction': ['\u202a\u2066王小明\u2069\u202c\u200e', '王小明'],
  'zero-width characters': ['王\u200b小\u2060明\ufeff', '王小明'],
  'a soft hyphen': ['Müller\u00adstraße', 'Müllerstraße'],
  'a joined emoji': ['👨\u200d👩\u200d👧', '👨👩👧'],
  'an emoji with a variation': ['❤\ufe0f', '❤'],
  'a rare Han character': ['𠮷田', '𠮷田'],
  'a character of no Unicode yet': ['\u{3f000}', '\u{3f000}'],
  'marks around an annotation': ['王\ufff9小\ufffb', '王小'],
  'a private character': ['\ue863', '\ue863'],
  'a decomposed letter': ['Zoe\u0308', 'Zoë'],
  'a letter decomposed around a joiner': ['Zoe\u200d\u0308', 'Zoë'],
  'half a character': ['王\ud83d小', '王小'],
  'a control': ['王\u0000\u001b小', '王小'],
  'no character': ['王\uffff', '王'],
};

describe('what people write', () => {
  for (const [what, [pasted, meant]] of Object.entries(texts)) {
    test(`${what}: is cleaned to what is meant, and no further`, () => {
      assert.equal(PersonText(40).parse(pasted), meant);
      assert.equal(cleaned(meant), meant);
    });
  }

  test('nothing but what nobody sees is refused, with a sentence', () => {
    for (const blank of ['', '  ', '\n', '\u3000', '\u200b', '\u3164', '\u2800', '\u202e \ufe0f']) {
      const { error } = PersonText(40).safeParse(blank);
      const message = error?.issues[0]?.message ?? '';
      assert.equal(sentenceOf(message)?.zh, '请填写此项。', JSON.stringify(blank));
    }
  });

  test('characters are counted after the cleaning, a rare Han one as one', () => {
    assert.equal(PersonText(3).parse(' \u200e𠮷𠮷𠮷\u200f\n'), '𠮷𠮷𠮷');
    const { error } = PersonText(3).safeParse('𠮷𠮷𠮷𠮷');
    assert.deepEqual(sentenceOf(error?.issues[0]?.message ?? ''), {
      en: 'Please use at most 3 characters.',
      zh: '请不要超过 3 个字。',
    });
  });
});

describe('a phone number', () => {
  const numbers: Readonly<Record<string, string>> = {
    '13800138000': '13800138000',
    '+86 138 0013 8000': '+86 138 0013 8000',
    '\u202a+86 138-0013-8000\u202c\n': '+86 138 0013 8000',
    '(010) 6255–5566': '010 6255 5566',
    '１３８００１３８０００': '13800138000',
    '＋８６　１３８': '+86 138',
    '12345': '12345',
    '12345678901234567890': '12345678901234567890',
  };
  for (const [typed, meant] of Object.entries(numbers)) {
    test(`${JSON.stringify(typed)} is taken as ${meant}`, () => {
      assert.equal(Phone.parse(typed), meant);
      assert.equal(Phone.parse(meant), meant);
    });
  }

  const others = ['', ' ', '1234', '123456789012345678901', 'call me', '138x0013', '1+2345', '+'];
  for (const typed of [...others, '1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7']) {
    test(`${JSON.stringify(typed)} is refused with a sentence`, () => {
      const { error } = Phone.safeParse(typed);
      assert.match(sentenceOf(error?.issues[0]?.message ?? '')?.en ?? '', /5 to 20 digits/);
    });
  }
});
