import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { closeableFrom, lookAfterClose, nextLook } from './schedule';

const pace = { QR_WAIT_MS: 300_000, QUERY_INTERVAL_MS: 3_000 };
const create_time = new Date('2026-09-30T10:00:00Z');
const after = (ms: number) => new Date(create_time.getTime() + ms);
const aRow = (change: object = {}) => ({
  create_time,
  ttl_ms: 1_800_000,
  asked_time: create_time,
  native_request: '{}',
  close_wish_time: null,
  trade_state: '0' as const,
  ...change,
});
const pauseMs = (row: ReturnType<typeof aRow>, nowMs: number) =>
  nextLook(row, after(nowMs), pace).getTime() - after(nowMs).getTime();

test('a young code is asked about every interval, at most a tenth later', () => {
  for (const nowMs of [0, 150_000, 299_999]) {
    const ms = pauseMs(aRow(), nowMs);
    assert.ok(ms >= 3_000 && ms <= 3_300, `${ms}`);
  }
});

test('then the pause grows, to a minute at the most', () => {
  const pauses = [310_000, 600_000, 900_000, 1_200_000].map((nowMs) => pauseMs(aRow(), nowMs));
  assert.ok((pauses[0] ?? 0) < (pauses[1] ?? 0), `${pauses}`);
  for (const ms of pauses) assert.ok(ms >= 3_000 && ms <= 66_000, `${pauses}`);
});

test('asking for the code again makes it young again', () => {
  const row = aRow({ asked_time: after(1_000_000) });
  assert.ok(pauseMs(row, 1_010_000) <= 3_300);
});

test('a payment that WeChat was never asked about is looked at when its life ends', () => {
  const look = nextLook(aRow({ native_request: null, asked_time: null }), after(5_000), pace);
  assert.deepEqual(look, after(1_800_000));
});

test('no look is later than the end of the payment’s life, none is in the past', () => {
  fc.assert(
    fc.property(fc.nat(3_600_000), fc.nat(1_800_000), (nowMs, askedMs) => {
      const row = aRow({ asked_time: after(Math.min(nowMs, askedMs)) });
      const look = nextLook(row, after(nowMs), pace);
      assert.ok(look >= after(nowMs));
      if (nowMs < 1_800_000) assert.ok(look <= after(1_800_000));
      else assert.ok(look <= after(nowMs + 66_000));
    }),
  );
});

test('a wished close is tried again and again, ever more slowly', () => {
  const row = aRow({ close_wish_time: after(10_000) });
  assert.ok(pauseMs(row, 11_000) <= 3_500);
  assert.ok(pauseMs(row, 610_000) > 50_000);
});

test('a closed payment is looked at for two days, then never again', () => {
  const closed = create_time;
  const looks: number[] = [];
  for (let now: Date | null = closed; now; now = lookAfterClose(closed, now)) {
    looks.push(now.getTime() - closed.getTime());
    assert.ok(looks.length < 20);
  }
  assert.equal(looks.at(-1), 172_800_000);
  assert.deepEqual(
    looks,
    [...looks].sort((a, b) => a - b),
  );
});

test('a close waits from the first code on, unless a clock that was ahead wrote when', () => {
  const minutes = { WECHAT_CLOSE_AFTER_MS: 300_000 };
  const row = { first_code_time: create_time, native_time: null, native_request: null };
  assert.deepEqual(closeableFrom(row, minutes, after(1_000)), after(300_000));
  assert.deepEqual(closeableFrom(row, minutes, after(-3_000)), after(300_000));
  assert.ok(closeableFrom(row, minutes, after(-120_000)) <= after(-120_000));
});

test('in APIv3 a close waits for nothing; a request without a dialect is of v2', () => {
  const v2 = {
    ...{ appid: 'wx0123456789abcdef', mch_id: '1900000109', device_info: 'WEB', body: 'shop' },
    ...{ out_trade_no: '1001', fee_type: 'CNY', total_fee: '300', spbill_create_ip: '127.0.0.1' },
    ...{ time_start: '20261125160000', notify_url: 'http://127.0.0.1:3000/pay/notify' },
    ...{ trade_type: 'NATIVE', product_id: '1001' },
  };
  const v3 = {
    ...{ dialect: 'v3', appid: v2.appid, mchid: v2.mch_id, description: 'shop' },
    ...{ out_trade_no: '1001', notify_url: v2.notify_url },
    ...{ amount: { total: 300, currency: 'CNY' }, scene_info: { payer_client_ip: '127.0.0.1' } },
  };
  const from = (request: object) => {
    const native_request = JSON.stringify(request);
    const row = { first_code_time: create_time, native_time: create_time, native_request };
    return closeableFrom(row, { WECHAT_CLOSE_AFTER_MS: 300_000 }, after(1_000));
  };
  assert.deepEqual(from(v2), after(300_000));
  assert.deepEqual(from({ dialect: 'v2', ...v2 }), after(300_000));
  assert.ok(from(v3) <= create_time);
});

test('a payment that was closed while a clock was ahead is looked at all the same', () => {
  const now = after(-8 * 3_600_000);
  assert.deepEqual(lookAfterClose(create_time, now), new Date(now.getTime() + 600_000));
});
