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
    const { code, detail } = shopper.json() as Record<string, string>;
    assert.deepEqual([shopper.status, code], [403, 'auth/operator-only'], path);
    const instead = path.includes('/payments') ? '; a shop finds its own by merchant_order_no' : '';
    const name = /\?(\w+)/.exec(path)?.[1];
    assert.equal(detail, `only operators and auditors may name ${name}${instead}`);
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

test('only a shop names an order of its own, to the letter', async (t) => {
  const seen: { merchant_order_no?: string | undefined }[] = [];
  const listPayments = (input: { merchant_order_no?: string | undefined }) => {
    seen.push(input);
    return { payments: [], cursor: null };
  };
  const running = await Scene.start(t, { order: { listPayments } });
  const ask = async (roles: string[]) => {
    const headers = await bearer({ roles });
    return running.ask('GET', '/api/payments?merchant_order_no=A%25%20%20b', { headers });
  };
  for (const roles of [[], ['operator'], ['auditor']]) {
    const answer = await ask(roles);
    const { code, detail } = answer.json() as Record<string, string>;
    assert.deepEqual([answer.status, code], [403, 'auth/role-needed'], roles[0]);
    assert.match(detail ?? '', /only a shop may name merchant_order_no; .* search by q/);
  }
  assert.equal(seen.length, 0);
  for (const roles of [['shop'], ['operator', 'shop']]) {
    assert.equal((await ask(roles)).status, 200);
    assert.equal(seen.pop()?.merchant_order_no, 'A%  b');
  }
});
