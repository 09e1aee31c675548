import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError, type Issue, issuesText } from '@saoma/contracts/errors';
import { sentence } from '@saoma/contracts/words';
import { z } from 'zod';
import { checked } from './checked';

const whole = sentence('Must be from 0 to 200.', '应为 0 到 200。');
const input = z.strictObject({
  name: z.string().max(3),
  num: z.int().min(1),
  most: z.number().max(9),
  pieces: z.int(whole).min(0, whole).max(200, whole),
  state: z.enum(['1', '2']),
  list: z.array(z.string()).max(1),
  yes: z.boolean(),
  inner: z.strictObject({ told: z.string().regex(/^a$/, sentence('Must be an a.', '应为 a。')) }),
  form: z.string().regex(/^a$/),
});
const good = {
  name: 'a',
  num: 1,
  most: 1,
  pieces: 1,
  state: '1',
  list: [],
  yes: true,
  inner: { told: 'a' },
  form: 'a',
};

function issuesOf(change: object): readonly Issue[] {
  try {
    checked(input, { ...good, ...change });
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'request/invalid');
    return error.issues ?? [];
  }
  return [];
}

const pieces = ['pieces', 'Must be from 0 to 200.', '应为 0 到 200。'] as const;

/** What is wrong, and where and in which words that is told. */
const table: readonly (readonly [change: object, path: string, en: string, zh: string])[] = [
  [{ name: undefined }, 'name', 'This is missing.', '缺少此项。'],
  [{ name: 7 }, 'name', 'Must be text.', '应为文字。'],
  [{ name: 'long' }, 'name', 'Must have at most 3 characters.', '最多 3 个字。'],
  [{ num: 1.5 }, 'num', 'Must be a whole number.', '应为整数。'],
  [{ num: 0 }, 'num', 'Must be at least 1.', '至少为 1。'],
  [{ most: 10 }, 'most', 'Must be at most 9.', '最多为 9。'],
  [{ most: 'x' }, 'most', 'Must be a number.', '应为数字。'],
  [{ pieces: 201 }, ...pieces],
  // JSON's 9007199254740993, and larger still.
  [{ pieces: 2 ** 53 }, ...pieces],
  [{ pieces: -(2 ** 60) }, ...pieces],
  [{ state: '3' }, 'state', 'Must be one of: 1, 2.', '应为以下之一：1、2。'],
  [{ list: ['a', 'b'] }, 'list', 'Must have at most 1 entries.', '最多 1 项。'],
  [{ list: [7] }, 'list.0', 'Must be text.', '应为文字。'],
  [{ yes: 'yes' }, 'yes', 'Must be true or false.', '应为 true 或 false。'],
  [{ inner: [] }, 'inner', 'Must be an object with members.', '应为含有成员的对象。'],
  [{ inner: { told: 'b' } }, 'inner.told', 'Must be an a.', '应为 a。'],
  [
    { inner: { told: 'a', more: 1 } },
    'inner.more',
    'There is no such member or parameter.',
    '没有这一项。',
  ],
  [{ form: 'b' }, 'form', 'This is not written as it should be.', '格式不正确。'],
];

for (const [change, path, en, zh] of table) {
  test(`${JSON.stringify(change)} is told at ${path} in both languages`, () => {
    assert.deepEqual(issuesOf(change), [{ path, message: { en, zh } }]);
  });
}

test('everything wrong is told at once, and what is right is not', () => {
  assert.deepEqual(
    issuesOf({ name: 7, num: 0, more: 1 }).map(({ path }) => path),
    ['name', 'num', 'more'],
  );
  assert.deepEqual(issuesOf({}), []);
});

test('in one line the next begins where a sentence or a service has ended', () => {
  const issue = (path: string, en: string, zh: string): Issue => ({ path, message: { en, zh } });
  const input = [issue('num', 'Must be 1.', '应为 1。'), issue('more', 'No such.', '没有这一项。')];
  assert.equal(issuesText(input, 'en'), 'num: Must be 1. more: No such.');
  assert.equal(issuesText(input, 'zh'), 'num: 应为 1。 more: 没有这一项。');
  const away = 'the pay service does not answer';
  const services = [issue('order > pay', away, away), issue('pay', away, away)];
  assert.equal(issuesText(services, 'en'), `order > pay: ${away}; pay: ${away}`);
  assert.equal(issuesText([], 'en'), '');
});
