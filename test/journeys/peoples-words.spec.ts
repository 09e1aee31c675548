import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { paymentNotice } from '../support/notice';
import { onEveryStore } from '../support/on-stores';
import { aReceiver, type Shopper, tea } from '../support/shopper';
import { merchant } from '../support/system';

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

const pasted = {
  name: '\u202a𠮷田\u200b 王小明\ufeff ',
  mobile: '\u2066+86 138-0013-8000\u2069',
  address: '北京市\r\n海淀区\t1 号 👨\u200d👩\u200d👧',
};
const meant = {
  name: '𠮷田 王小明',
  mobile: '+86 138 0013 8000',
  address: '北京市 海淀区 1 号 👨👩👧',
};

async function order(shopper: Shopper, receiver: object, headers: Record<string, string> = {}) {
  await shopper.putItem(tea);
  const body = { payment_type: '2', receiver };
  return shopper.ask('POST', '/api/orders', { body, headers });
}

/** What people of each language read; a program that names none reads English. */
const languages = {
  'zh-CN,zh;q=0.9,en;q=0.5': { tag: 'zh-CN', words: /^[^A-Za-z]*\p{Script=Han}[^A-Za-z]*。$/u },
  'en-GB,en;q=0.9,zh;q=0.5': { tag: 'en', words: /^[A-Z][^\p{Script=Han}]*\.$/u },
  '*': { tag: 'en', words: /^[A-Z][^\p{Script=Han}]*\.$/u },
};

onEveryStore('what people write', {}, (system) => {
  it('is kept as it was meant, however it was pasted', async () => {
    const shopper = await system().shopper();
    const made = await order(shopper, pasted);
    assert.equal(made.status, 201, made.text);
    const { order_ids } = made.json() as { order_ids: string[] };
    assert.deepEqual((await shopper.order(order_ids[0] ?? '')).receiver, meant);
  });

  it('by an operator is cleaned as well: a reason and a note', async () => {
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    await system().sandbox.pay((await shopper.createNative()).code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const operator = await system().shopper({ roles: ['operator'] });
    const refund = await operator.ask('POST', `/api/payments/${out_trade_no}/refunds`, {
      headers: { 'idempotency-key': randomUUID() },
      body: { refund_fee: 1, reason: ' 商品\n破损\u200b𠮷 ' },
    });
    assert.equal((refund.json() as { reason: string }).reason, '商品 破损𠮷');

    const body = paymentNotice(merchant, { out_trade_no: '88888888', total_fee: 1 });
    assert.match((await operator.ask('POST', '/pay/notify', { body })).text, /SUCCESS/);
    const found = await operator.ask('GET', '/api/anomalies?state=OPEN');
    const { anomalies } = found.json() as { anomalies: { anomaly_id: string }[] };
    const path = `/api/anomalies/${anomalies[0]?.anomaly_id}/resolve`;
    const refused = await operator.ask('POST', path, { body: { note: '\u200b\n' } });
    assert.equal(refused.status, 400);
    const resolved = await operator.ask('POST', path, {
      body: { note: '已在\u202e商户平台\n退款' },
    });
    assert.equal((resolved.json() as { note: string }).note, '已在商户平台 退款');
  });

  it('an identity is never changed: it is taken as it is, or refused in words', async () => {
    const shopper = await system().shopper();
    const as = async (user_id: string) => {
      const answer = await shopper.ask('POST', '/api/session', { body: { user_id } });
      return answer.status === 200 ? (answer.json() as { user_id: string }).user_id : answer.status;
    };
    assert.equal(await as(' 𠮷 anna '), ' 𠮷 anna ');
    for (const name of ['anna\u200b', 'an\nna', '   ']) assert.equal(await as(name), 400);
  });

  for (const [wanted, { tag, words }] of Object.entries(languages)) {
    it(`for ${wanted} everything wrong is told in ${tag}, each at its place`, async () => {
      const shopper = await system().shopper();
      const headers = { 'accept-language': wanted };
      const wrong = { name: ' \u3164', mobile: 'ask me', address: '京'.repeat(201), more: 1 };
      const answer = await order(shopper, wrong, headers);
      const { code, detail, issues } = answer.json() as Problem;
      assert.deepEqual([answer.status, code], [400, 'request/invalid']);
      assert.equal(answer.headers.get('content-language'), tag);
      assert.match(answer.headers.get('vary') ?? '', /accept-language/i);
      assert.deepEqual(
        issues.map(({ path }) => path),
        ['receiver.name', 'receiver.mobile', 'receiver.address', 'receiver.more'],
      );
      for (const { path, message } of issues) {
        assert.match(message, words);
        assert.ok(detail.includes(`${path}: ${message}`), detail);
      }
    });

    it(`for ${wanted} so is every other input`, async () => {
      const operator = await system().shopper({ roles: ['operator'] });
      const headers = { 'accept-language': wanted };
      const line = `/api/cart/items/${tea}`;
      const refund = { headers: { ...headers, 'idempotency-key': 'k'.repeat(65) }, body: {} };
      const asked = [
        ['PUT', line, { body: { num: 201 } }, 'num'],
        ['PUT', line, { body: { num: 1.5 } }, 'num'],
        ['PUT', line, { body: {} }, 'num'],
        ['PUT', '/api/cart/items/abc', { body: { num: 1 } }, 'item_id'],
        ['POST', '/api/orders', { body: { receiver: aReceiver } }, 'payment_type'],
        ['POST', '/api/orders', { body: { payment_type: '1' } }, 'receiver'],
        ['GET', '/api/orders?limit=many', {}, 'limit'],
        ['GET', '/api/orders?limit=0', {}, 'limit'],
        ['GET', '/api/orders?cursor=x', {}, 'cursor'],
        ['GET', '/api/orders?nothing=x', {}, 'nothing'],
        ['GET', '/api/payments?from=yesterday', {}, 'from'],
        ['POST', '/api/payments/1/refunds', refund, 'idempotency-key'],
        ['POST', '/api/session', { body: { user_id: 7 } }, 'user_id'],
        ['POST', '/api/session', { body: { user_id: 'a', roles: ['\n'] } }, 'roles.0'],
      ] as const;
      for (const [method, address, options, path] of asked) {
        const answer = await operator.ask(method, address, { headers, ...options });
        const { issues } = answer.json() as Problem;
        assert.equal(answer.status, 400, `${address}: ${answer.text}`);
        assert.equal(issues[0]?.path, path, address);
        const message = issues[0]?.message.replace('ASCII', '').replace(/2026-\S+Z/, '') ?? '';
        assert.match(message, words, address);
      }
    });
  }
});
