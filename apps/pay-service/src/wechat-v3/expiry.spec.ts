import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { dayMs, ExpiryLog } from './expiry';

const endMs = Date.parse('2031-01-01T00:00:00Z');
const own = { name: 'WECHAT_CERT', serial: '3B1E', expires: new Date(endMs) };
const theirs = { name: "WeChat's", serial: '5A4C', expires: new Date(endMs + 365 * dayMs) };

function aLog() {
  const lines: { msg: string; certificate: string; days: number }[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { expiry: new ExpiryLog(log), lines };
}

test('the end of a certificate is told from 30 days before, once a day', () => {
  const { expiry, lines } = aLog();
  expiry.tell([own, theirs], endMs - 31 * dayMs);
  expiry.tell([own, theirs], endMs - 30 * dayMs);
  assert.deepEqual(lines, []);
  expiry.tell([own, theirs], endMs - 30 * dayMs + 1);
  expiry.tell([own, theirs], endMs - 30 * dayMs + dayMs / 2);
  assert.deepEqual(
    lines.map(({ certificate, days }) => [certificate, days]),
    [['WECHAT_CERT', 29]],
  );
  expiry.tell([own, theirs], endMs - 29 * dayMs + 1);
  assert.equal(lines.length, 2);
});

test('a certificate that has ended is an error', () => {
  const { expiry, lines } = aLog();
  expiry.tell([own], endMs + 1);
  assert.equal(lines[0]?.msg, 'a certificate has expired');
});
