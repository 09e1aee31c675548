import assert from 'node:assert/strict';
import test from 'node:test';
import { languageOf } from './language';

const wishes: readonly (readonly [header: string | undefined, language: 'en' | 'zh'])[] = [
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['zh', 'zh'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en-GB, en;q=0.9, zh;q=0.8', 'en'],
  ['fr, zh-Hant-TW;q=0.7, en;q=0.3', 'zh'],
  ['en;q=0.2, ZH-cn ; Q=0.3', 'zh'],
  ['zh;q=0, fr', 'en'],
  ['de', 'en'],
  ['zh;q=nonsense', 'en'],
  [`${'x,'.repeat(100_000)}zh`, 'en'],
];

for (const [header, language] of wishes) {
  test(`${header?.slice(0, 40)} is answered in ${language}`, () => {
    assert.equal(languageOf(header), language);
  });
}
