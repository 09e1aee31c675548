import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useNestLog } from '@saoma/platform/log';
import { pino } from 'pino';
import { logCall } from './call-log';

test('every call is a line with its numbers; each reason for an uncertain end warns once', () => {
  const lines: { level: number; msg: string; out_trade_no?: string; reason?: string }[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  useNestLog(log);
  // Of no other test: a reason is told once a minute in a process.
  const reasons = ['HTTP 598', 'HTTP 598', 'HTTP 599', 'HTTP 598'];
  for (const [index, reason] of reasons.entries()) {
    const call = { method: 'orderquery', out_trade_no: String(index) };
    const verdict = { outcome: 'unknown', reason } as const;
    assert.equal(logCall(log, call, verdict), verdict);
  }
  const calls = lines.filter(({ level }) => level === 30);
  assert.deepEqual(
    calls.map(({ msg, out_trade_no, reason }) => [msg, out_trade_no, reason]),
    reasons.map((reason, index) => ['asked WeChat', String(index), reason]),
  );
  assert.deepEqual(
    lines.filter(({ level }) => level === 40).map(({ msg, out_trade_no }) => [msg, out_trade_no]),
    [
      ['no certain answer from WeChat: HTTP 598', '0'],
      ['no certain answer from WeChat: HTTP 599', '2'],
    ],
  );
});
