import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { codeLifeMs } from '@saoma/contracts/values';
import { codesMax, GivenCodes } from './given-codes';
import {
  aChannel as aV2Channel,
  payment as ofV2,
  out_trade_no,
  success,
} from './wechat-v2/channel-spec-kit';
import { payment as ofV3, paths } from './wechat-v3/channel-spec-kit';
import { answer, aChannel as aV3Channel } from './wechat-v3/v3-spec-kit';

const code_url = 'weixin://wxpay/bizpayurl?pr=Rz4uXyKzz';
const given = { outcome: 'success', code_url };
const othersCode = (other: string) => ({
  outcome: 'unknown',
  reason: `answer with a code that was given for ${other}`,
});

/** Both channels of a process, before a WeChat that has one code for all. */
async function both(t: TestContext) {
  const codes = new GivenCodes();
  const v2 = await aV2Channel(t, { answer: success({ code_url, trade_type: 'NATIVE' }), codes });
  const v3 = await aV3Channel(t, { wechat: { [paths.native]: answer(200, { code_url }) }, codes });
  const ask = {
    v2: (number: string) =>
      v2.channel.createNative(v2.channel.prepareNative({ ...ofV2, out_trade_no: number })),
    v3: (number: string) =>
      v3.channel.createNative(v3.channel.prepareNative({ ...ofV3, out_trade_no: number })),
  };
  return { ask, lines: { v2: v2.lines, v3: v3.lines } };
}

for (const [first, second] of [
  ['v2', 'v2'],
  ['v3', 'v3'],
  ['v2', 'v3'],
  ['v3', 'v2'],
] as const) {
  test(`a code of ${first} that ${second} tells of another payment is not certain`, async (t) => {
    const { ask, lines } = await both(t);
    assert.deepEqual(await ask[first](out_trade_no), given);
    assert.deepEqual(await ask[second]('T-other'), othersCode(out_trade_no));
    assert.deepEqual(await ask[second]('T-third'), othersCode(out_trade_no));
    // Whose it is nobody knows any more.
    assert.deepEqual(await ask[first](out_trade_no), othersCode('T-other'));
    const said = lines[second].filter((line) => line.includes('"out_trade_no":"T-other"'));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', new RegExp(`"outcome":"unknown".*given for ${out_trade_no}"`));
  });
}

test('the same payment may be told the same code again', () => {
  const codes = new GivenCodes();
  for (let time = 0; time < 3; time += 1) assert.deepEqual(codes.read(code_url, 'T-1'), given);
});

test('asked again, WeChat makes a new code: neither payment is locked out', () => {
  const codes = new GivenCodes();
  codes.read(code_url, 'T-1');
  codes.read(code_url, 'T-2');
  for (const number of ['T-1', 'T-2']) {
    const fresh = { outcome: 'success', code_url: `weixin://fresh/${number}` };
    assert.deepEqual(codes.read(fresh.code_url, number), fresh);
  }
});

test('no code is no certain answer', () => {
  for (const told of [undefined, '', 'x'.repeat(65), 1]) {
    assert.equal(new GivenCodes().read(told, 'T-1').outcome, 'unknown');
  }
});

test('a code is remembered as long as it lives, counted from when it was told last', () => {
  let ms = 0;
  const codes = new GivenCodes(() => ms);
  codes.read(code_url, 'T-1');
  ms = codeLifeMs - 1;
  assert.deepEqual(codes.read(code_url, 'T-2'), othersCode('T-1'));
  ms += codeLifeMs - 1;
  assert.deepEqual(codes.read(code_url, 'T-3'), othersCode('T-1'));
  ms += codeLifeMs;
  assert.deepEqual(codes.read(code_url, 'T-3'), given);
});

test('of more codes than are remembered the oldest is forgotten', () => {
  const codes = new GivenCodes();
  codes.read(code_url, 'T-1');
  for (let n = 1; n < codesMax; n += 1) codes.read(`weixin://${n}`, `T-of-${n}`);
  assert.deepEqual(codes.read(code_url, 'T-2'), othersCode('T-1'));
  codes.read('weixin://more', 'T-more');
  assert.equal(codes.read('weixin://1', 'T-2').outcome, 'success');
  assert.equal(codes.read('weixin://3', 'T-2').outcome, 'unknown');
});
