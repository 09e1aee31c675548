import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBeijingTime, toBeijingTime } from './beijing-time';

test('a moment is written in Beijing time, whatever its own offset', () => {
  assert.equal(toBeijingTime('2026-09-30T02:15:00.000Z'), '20260930101500');
  assert.equal(toBeijingTime('2026-09-30T10:15:00+08:00'), '20260930101500');
  assert.equal(toBeijingTime('2026-12-31T16:00:00.999Z'), '20270101000000');
});

test('the zone of the host makes no difference', (t) => {
  const zone = process.env.TZ;
  t.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  for (const TZ of ['America/New_York', 'Asia/Shanghai', 'Asia/Kathmandu', 'UTC']) {
    process.env.TZ = TZ;
    assert.equal(toBeijingTime('2026-03-08T07:30:00Z'), '20260308153000');
    assert.equal(fromBeijingTime('20260308153000'), '2026-03-08T15:30:00+08:00');
  }
});

test('every second comes back as it went', () => {
  const seconds = fc.integer({ min: Date.UTC(2000) / 1_000, max: 4_000_000_000 });
  fc.assert(
    fc.property(seconds, (second) => {
      const text = toBeijingTime(new Date(second * 1_000).toISOString());
      assert.equal(Date.parse(fromBeijingTime(text) ?? ''), second * 1_000);
    }),
  );
});

test('what is no date and time is refused', () => {
  for (const text of [
    '',
    '00000101000000',
    '00010101000000',
    '19991231235959',
    '21000101000000',
    '2026093010173',
    '202609301017330',
    '2026-09-30 10:17',
    '20260931101733',
    '20260229101733',
    '20261301000000',
    '20260930240000',
    '20260930106000',
    '20260930101760',
    '00000000000000',
    '２０２６0930101733',
  ]) {
    assert.equal(fromBeijingTime(text), undefined, text);
  }
  assert.equal(fromBeijingTime('20280229235959'), '2028-02-29T23:59:59+08:00');
});
