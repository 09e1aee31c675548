import assert from 'node:assert/strict';
import test from 'node:test';
import type { Refund } from '@saoma/contracts/refunds';
import { bearer, Scene } from '../spec-kit';

const refund: Refund = {
  out_refund_no: '77',
  out_trade_no: '1001',
  refund_fee: 100,
  status: 'PROCESSING',
  reason: '商品缺货',
  create_time: '2026-11-25T08:00:00.000Z',
  success_time: null,
  fail_time: null,
};

const check = {
  findings: [{ dialect: 'v3', about: 'answer-key', is: 'bad', says: 'it is another key' } as const],
};

async function scene(t: test.TestContext) {
  const seen: unknown[] = [];
  const remember =
    <T>(answer: T) =>
    (input: unknown) => {
      seen.push(input);
      return answer;
    };
  const order = {
    refundPayment: remember(refund),
    timeline: remember({ events: [], cursor: null }),
    listAnomalies: remember({ anomalies: [], cursor: null }),
    listDeliveries: remember({ deliveries: [], cursor: null }),
  };
  const pay = { checkWechat: remember(check) };
  return { seen, running: await Scene.start(t, { order, pay }) };
}

const operator = { sub: 'otto', roles: ['clerk', 'operator'] };
const path = '/api/payments/1001/refunds';
const body = { refund_fee: 100, reason: '商品缺货' };

test('only an operator refunds, resolves, replays and sees what others own', async (t) => {
  const { seen, running } = await scene(t);
  const routes = [
    ['POST', path],
    ['GET', '/api/anomalies'],
    ['POST', '/api/anomalies/1/resolve'],
    ['GET', '/api/deliveries'],
    ['POST', '/api/deliveries/1/replay'],
    ['POST', '/api/wechat/check'],
  ] as const;
  for (const [method, address] of routes) {
    for (const claims of [{}, { roles: [] }, { roles: ['Operator'] }, { roles: 'operator' }]) {
      const answer = await running.ask(method, address, { headers: await bearer(claims) });
      assert.equal(answer.status, 403, address);
      assert.equal((answer.json() as { code: string }).code, 'auth/operator-only');
    }
    assert.equal((await running.ask(method, address)).status, 401, address);
  }
  assert.deepEqual(seen, []);
  const lists = ['/api/anomalies?state=OPEN', '/api/deliveries?state=DEAD&limit=5'];
  for (const address of [...lists, '/api/deliveries?out_trade_no=1001']) {
    const answer = await running.ask('GET', address, { headers: await bearer(operator) });
    assert.equal(answer.status, 200);
  }
  assert.deepEqual(seen, [
    { state: 'OPEN', cursor: null, limit: 20 },
    { state: 'DEAD', cursor: null, limit: 5, payment_paid: true },
    { state: null, cursor: null, limit: 20, out_trade_no: '1001', payment_paid: true },
  ]);
});

test('an operator is told what is wrong with the merchant’s keys', async (t) => {
  const { seen, running } = await scene(t);
  const headers = await bearer(operator);
  const answer = await running.ask('POST', '/api/wechat/check', { headers });
  assert.deepEqual([answer.status, answer.json(), seen], [200, check, [{}]]);
});

test('a refund needs a key and a whole amount of at least one fen', async (t) => {
  const { seen, running } = await scene(t);
  const key = { ...(await bearer(operator)), 'idempotency-key': 'r1' };
  const status = async (differs: object, headers: Record<string, string> = key) =>
    (await running.ask('POST', path, { body: { ...body, ...differs }, headers })).status;
  assert.equal(await status({}, await bearer(operator)), 400);
  for (const refund_fee of [0, -1, 1.5, '100', null, 100_000_001]) {
    assert.equal(await status({ refund_fee }), 400, String(refund_fee));
  }
  assert.equal(await status({ reason: '' }), 400);
  assert.equal(await status({ out_refund_no: '1' }), 400);
  assert.deepEqual(seen, []);
  const answer = await running.ask('POST', path, { body, headers: key });
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.json(), refund);
  const command = { user_id: 'otto', out_trade_no: '1001', idempotency_key: 'r1', ...body };
  assert.deepEqual(seen, [command]);
});

test("a timeline is asked for in the viewer's own name", async (t) => {
  const { seen, running } = await scene(t);
  for (const claims of [{}, operator]) {
    const headers = await bearer(claims);
    assert.equal(
      (await running.ask('GET', '/api/payments/1001/timeline', { headers })).status,
      200,
    );
  }
  assert.deepEqual(seen, [
    { user_id: 'anna', operator: false, out_trade_no: '1001', cursor: null },
    { user_id: 'otto', operator: true, out_trade_no: '1001', cursor: null },
  ]);
});
