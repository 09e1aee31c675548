import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { expected } from '../../../../test/support/http';
import { aPayment, bearer, Scene } from '../spec-kit';

const chinese = { 'content-type': 'application/json', 'accept-language': 'zh' };

/** What an order service is asked to open, and a way to ask for it. */
async function openings(t: test.TestContext) {
  const seen: { merchant_order_no: unknown; body: unknown; metadata: unknown }[] = [];
  const openPayment = (input: (typeof seen)[number]): never => {
    seen.push(input);
    throw new AppError('payment/number-reused');
  };
  const running = await Scene.start(t, { order: { openPayment } });
  const headers = { ...(await bearer({ roles: ['shop'] })), ...chinese };
  const ask = (body: string) => running.ask('POST', '/api/payments', { body, headers });
  const post = (metadata: string, said = 'tea') => {
    const order = `"merchant_order_no":"A-1","total_fee":1,"body":${JSON.stringify(said)}`;
    return ask(`{${order},"metadata":${metadata}}`);
  };
  return { seen, ask, post };
}

test('what the payer reads is cleaned as what people type is, then counted in bytes', async (t) => {
  const { seen, post } = await openings(t);
  const taken = [
    [' 两张\n电影票\u200b ', '两张 电影票'],
    ['👨\u200d👩\u200d👧', '👨👩👧'],
    [`${'茶'.repeat(42)}t\u2060`, `${'茶'.repeat(42)}t`],
  ] as const;
  for (const [said] of taken) assert.equal((await post('{}', said)).status, 409);
  assert.deepEqual(
    seen.map(({ body }) => body),
    taken.map(([, meant]) => meant),
  );
  for (const said of ['', ' \n', '\u200b', `${'茶'.repeat(42)}te`]) {
    const answer = await post('{}', said);
    assert.equal(answer.status, 400, said);
    assert.match(answer.text, /"path":"body"/);
  }
  assert.equal(seen.length, taken.length);
});

test('a member that a schema would lose in silence is refused, wherever it is', async (t) => {
  const { seen, post } = await openings(t);
  for (const name of ['__proto__', '\\u005f_proto_\\u005F']) {
    for (const value of ['"1"', 'null', '{"a":"1"}', '[]']) {
      const answer = await post(`{"a":"1","${name}":${value}}`);
      const { code, issues } = answer.json() as { code: string; issues: object[] };
      assert.deepEqual([answer.status, code], [400, 'request/invalid'], answer.text);
      assert.deepEqual(issues, [{ path: '__proto__', message: '不能使用这个名称：无法保存。' }]);
    }
  }
  assert.equal((await post('{"a":{"b":{"__proto__":1}}}')).status, 400);
  assert.equal(seen.length, 0);
  const kept = { constructor: '1', prototype: '2', toString: '3', hasOwnProperty: '4', proto: '5' };
  assert.equal((await post(JSON.stringify(kept))).status, 409);
  assert.deepEqual(seen[0]?.metadata, kept);
});

test('metadata is counted in characters, and the body that brings it in bytes', async (t) => {
  const { seen, post } = await openings(t);
  const largest = (character: string) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `${at}`.padStart(2, '0') + character.repeat(38),
        character.repeat(500),
      ]),
    );
  const escaped = (text: string) =>
    text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
  // One, three and four bytes a character in UTF-8; and two, because JSON escapes it.
  for (const character of ['a', '茶', '🍵', '"']) {
    const metadata = largest(character);
    assert.equal((await post(JSON.stringify(metadata))).status, 409, character);
    assert.deepEqual(seen.pop()?.metadata, metadata);
    const tooLong = JSON.stringify({ a: character.repeat(501) });
    for (const sent of [tooLong, escaped(tooLong)]) assert.equal((await post(sent)).status, 400);
  }
  const few = JSON.stringify({ a: '🍵'.repeat(500) });
  assert.equal((await post(escaped(few))).status, 409);
  assert.deepEqual(seen.pop()?.metadata, JSON.parse(few));
  const refused = await post(escaped(JSON.stringify(largest('🍵'))));
  assert.deepEqual([refused.status, seen.length], [413, 0]);
});

test('pay_url leads to the port that the gateway has got, if it asked for any', async (t) => {
  const openPayment = () => ({ is_new: true, key_kept: true, payment: aPayment() });
  const running = await Scene.start(t, { order: { openPayment } });
  const headers = { ...(await bearer({ roles: ['shop'] })), ...chinese };
  const body = '{"merchant_order_no":"A-1","total_fee":1,"body":"tea"}';
  const { pay_url } = expected(
    201,
    await running.ask('POST', '/api/payments', { body, headers }),
  ) as {
    pay_url: string;
  };
  assert.equal(new URL(pay_url).origin, running.url);
});

test('a browser keeps the key that it brings, and of the others the newest', async (t) => {
  const getPayment = ({ out_trade_no }: { out_trade_no: string }) => aPayment({ out_trade_no });
  const running = await Scene.start(t, { order: { getPayment } });
  const changed = async (numbers: number, out_trade_no: string) => {
    const keys = Array.from({ length: numbers }, (_, index) => `saoma_pay_${index + 1}=k`);
    const headers = { cookie: keys.join('; ') };
    const path = `/api/payments/${out_trade_no}/key`;
    const answer = await running.ask('POST', path, { body: { key: 'k' }, headers });
    assert.equal(answer.status, 204);
    const all = answer.headers.getSetCookie();
    const names = (some: string[]) => some.map((cookie) => cookie.split('=', 1)[0]);
    const isDropped = (cookie: string) => cookie.includes('Max-Age=0;');
    return {
      kept: names(all.filter((cookie) => !isDropped(cookie))),
      dropped: names(all.filter(isDropped)),
    };
  };
  // The oldest of twenty links, opened again.
  assert.deepEqual(await changed(20, '1'), { kept: ['saoma_pay_1'], dropped: [] });
  assert.deepEqual(await changed(20, '21'), { kept: ['saoma_pay_21'], dropped: ['saoma_pay_1'] });
  const old = ['saoma_pay_2', 'saoma_pay_1'];
  assert.deepEqual(await changed(22, '3'), { kept: ['saoma_pay_3'], dropped: old });
});

test('a number is taken as it is, and never with a blank that nobody sees', async (t) => {
  const { seen, ask } = await openings(t);
  const say = (merchant_order_no: string) =>
    ask(JSON.stringify({ merchant_order_no, total_fee: 1, body: 'tea' }));
  for (const no of [
    '',
    ' ',
    ' A-1',
    'A-1 ',
    'A-1\u3000',
    '\u00a0A-1',
    'A\u200b1',
    '7'.repeat(65),
  ]) {
    const answer = await say(no);
    assert.equal(answer.status, 400, JSON.stringify(no));
    assert.match(answer.text, /"path":"merchant_order_no"/);
  }
  assert.equal(seen.length, 0);
  const taken = ['A 1', '订单 42', '𠮷'.repeat(64), '1'];
  for (const no of taken) assert.equal((await say(no)).status, 409, no);
  assert.deepEqual(
    seen.map(({ merchant_order_no }) => merchant_order_no),
    taken,
  );
});

test('a repeat says whether anybody may still be sent to pay it', async (t) => {
  const standing = {
    trade_state: 'CLOSED',
    closing: false,
    held: true,
    unknown_time: '2026-09-30T02:17:00.000Z',
  } as const;
  const payment = { ...aPayment(), ...standing };
  const openPayment = () => ({ is_new: false, key_kept: true, payment });
  const running = await Scene.start(t, { order: { openPayment } });
  const headers = { ...(await bearer({ roles: ['shop'] })), ...chinese };
  const body = '{"merchant_order_no":"A-1","total_fee":1,"body":"tea"}';
  const opened = await running.ask('POST', '/api/payments', { body, headers });
  const { trade_state, closing, held, unknown_time } = expected(200, opened) as typeof payment;
  assert.deepEqual({ trade_state, closing, held, unknown_time }, standing);
});
