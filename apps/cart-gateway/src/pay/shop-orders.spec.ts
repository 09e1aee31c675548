import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { bearer, Scene } from '../spec-kit';

const chinese = { 'content-type': 'application/json', 'accept-language': 'zh' };

test('a member that a schema would lose in silence is refused, wherever it is', async (t) => {
  const seen: { metadata: unknown }[] = [];
  const openPayment = (input: { metadata: unknown }): never => {
    seen.push(input);
    throw new AppError('payment/number-reused');
  };
  const running = await Scene.start(t, { order: { openPayment } });
  const headers = { ...(await bearer({ roles: ['shop'] })), ...chinese };
  const post = (metadata: string) => {
    const body = `{"merchant_order_no":"A-1","total_fee":1,"body":"tea","metadata":${metadata}}`;
    return running.ask('POST', '/api/payments', { body, headers });
  };
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
