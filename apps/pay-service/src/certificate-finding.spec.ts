import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFinding } from './certificate-finding';

const dayMs = 86_400_000;
const expires = new Date('2031-01-01T00:00:00Z');
const ending = { dialect: 'v3', name: 'WECHAT_CERT', expires } as const;

test('a certificate is told with its end, and is wrong from two weeks before it on', () => {
  const at = (days: number) => certificateFinding(ending, expires.getTime() - days * dayMs);
  const told = { dialect: 'v3', about: 'certificate' };
  assert.deepEqual(at(14), {
    ...told,
    is: 'good',
    says: 'WECHAT_CERT ends on 2031-01-01, in 14 days',
  });
  const soon = at(13.9);
  assert.equal(soon.is, 'bad');
  assert.match(soon.says, /in 13 days: put a new one in place$/);
  assert.deepEqual(at(-0.1), { ...told, is: 'bad', says: 'WECHAT_CERT ended on 2031-01-01' });
});
