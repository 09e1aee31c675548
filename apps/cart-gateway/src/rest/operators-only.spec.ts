import assert from 'node:assert/strict';
import test from 'node:test';
import { bearer, Scene } from '../spec-kit';

test('only operators and auditors name somebody, or look for a word; it is trimmed', async (t) => {
  const seen: object[] = [];
  const remember =
    <T>(answer: T) =>
    (input: object) => {
      seen.push(input);
      return answer;
    };
  const running = await Scene.start(t, {
    order: {
      listPayments: remember({ payments: [], cursor: null }),
      listOrders: remember({ orders: [], cursor: null }),
    },
  });
  const asked = [
    ['/api/payments?q=%20%20138 0013 8000%20', { q: '138 0013 8000' }],
    ['/api/payments?q=', { q: '' }],
    ['/api/payments?user_id=anna&trade_state=CLOSED', { payer: 'anna', trade_state: 'CLOSED' }],
    ['/api/orders?user_id=anna', { buyer: 'anna' }],
  ] as const;
  for (const [path, named] of asked) {
    const shopper = await running.ask('GET', path, { headers: await bearer({ roles: ['shop'] }) });
    const { code } = shopper.json() as { code: string };
    assert.deepEqual([shopper.status, code], [403, 'auth/operator-only'], path);
    assert.deepEqual(seen, []);
    for (const roles of [['operator'], ['auditor']]) {
      const answer = await running.ask('GET', path, { headers: await bearer({ roles }) });
      assert.equal(answer.status, 200, path);
      const told: object = seen.pop() ?? {};
      assert.deepEqual({ ...told, operator: true, ...named }, told);
    }
  }
  const own = await running.ask('GET', '/api/orders?out_trade_no=7', { headers: await bearer() });
  assert.equal(own.status, 200);
  assert.deepEqual(seen.pop(), {
    ...{ user_id: 'anna', operator: false, out_trade_no: '7', cursor: null, limit: 20 },
  });
  const long = `/api/payments?q=${'1'.repeat(256)}`;
  const headers = await bearer({ roles: ['operator'] });
  assert.equal((await running.ask('GET', long, { headers })).status, 400);
});
