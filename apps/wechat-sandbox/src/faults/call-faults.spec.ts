import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Agent, request } from 'undici';
import type { SandboxClient } from '../kit/sandbox-client';
import { exampleMerchant } from '../merchant';
import { anOrder, aSandbox, aShop, call, openOrder, post, signedCall } from '../spec-kit';
import { isSigned } from '../v2/sign';
import { readXml, XmlError } from '../v2/xml';

const out_trade_no = 'T20260930-0001';
type Kit = Awaited<ReturnType<typeof aSandbox>>;
type Rule = Parameters<SandboxClient['fault']>[0];

const order = (kit: Kit) => `${kit.url}/pay/unifiedorder`;
const query = (kit: Kit) => call(kit, '/pay/orderquery', { out_trade_no });

/** What a client gets whose call meets the fault. */
async function meets(kit: Kit, rule: Rule) {
  await kit.control.fault(rule);
  const response = await fetch(order(kit), { method: 'POST', body: signedCall(anOrder()) });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
}

const isKnown = async (kit: Kit) => (await kit.control.trades()).length === 1;

/** The fault fired once and is over: the same call again succeeds. */
async function isSpent(kit: Kit): Promise<void> {
  const [fault] = await kit.control.faults();
  assert.deepEqual([fault?.fired, fault?.spent], [1, true]);
  const again = await call(kit, '/pay/unifiedorder', anOrder());
  assert.equal(again.get('result_code'), 'SUCCESS');
}

const onUnifiedorder = { match: { call: 'unifiedorder' } } as const;

for (const phase of ['before', 'after'] as const) {
  describe(`${phase} the effect`, () => {
    test('delay: the client waits, and gives up if it is less patient', async (t) => {
      const kit = await aSandbox(t);
      await kit.control.fault({ ...onUnifiedorder, phase, kind: 'delay', delay_ms: 30 });
      const taken = await call(kit, '/pay/unifiedorder', anOrder());
      assert.equal(taken.get('result_code'), 'SUCCESS');

      await kit.control.fault({ ...onUnifiedorder, phase, kind: 'delay', delay_ms: 600_000 });
      const body = signedCall(anOrder({ out_trade_no: 'T-second' }));
      const signal = AbortSignal.timeout(200);
      await assert.rejects(fetch(order(kit), { method: 'POST', body, signal }), {
        name: 'TimeoutError',
      });
      assert.equal((await kit.control.trades()).length, phase === 'before' ? 1 : 2);
    });

    test('black_hole: no answer ever', async (t) => {
      const kit = await aSandbox(t);
      await kit.control.fault({ ...onUnifiedorder, phase, kind: 'black_hole' });
      const signal = AbortSignal.timeout(200);
      const lost = fetch(order(kit), { method: 'POST', body: signedCall(anOrder()), signal });
      await assert.rejects(lost, { name: 'TimeoutError' });
      assert.equal(await isKnown(kit), phase === 'after');
      await isSpent(kit);
    });

    test('reset: the connection breaks', async (t) => {
      const kit = await aSandbox(t);
      await kit.control.fault({ ...onUnifiedorder, phase, kind: 'reset' });
      const lost = request(order(kit), { method: 'POST', body: signedCall(anOrder()) });
      await assert.rejects(lost, { code: 'ECONNRESET' });
      assert.equal(await isKnown(kit), phase === 'after');
      await isSpent(kit);
    });

    test('http_error: a 5xx with a web page', async (t) => {
      const kit = await aSandbox(t);
      const got = await meets(kit, { ...onUnifiedorder, phase, kind: 'http_error', status: 503 });
      assert.deepEqual([got.status, got.type], [503, 'text/html']);
      assert.match(got.text, /503 Service Temporarily Unavailable/);
      assert.equal(await isKnown(kit), phase === 'after');
      await isSpent(kit);
    });

    test('html: a web page that looks like success', async (t) => {
      const kit = await aSandbox(t);
      const got = await meets(kit, { ...onUnifiedorder, phase, kind: 'html' });
      assert.deepEqual([got.status, got.type], [200, 'text/html']);
      assert.throws(() => readXml(got.text), XmlError);
      assert.equal(await isKnown(kit), phase === 'after');
      await isSpent(kit);
    });

    test('system_error and any other err_code: a signed no', async (t) => {
      const kit = await aSandbox(t);
      await kit.control.fault({ ...onUnifiedorder, phase, kind: 'system_error' });
      const system = await call(kit, '/pay/unifiedorder', anOrder());
      assert.deepEqual(
        [system.get('result_code'), system.get('err_code')],
        ['FAIL', 'SYSTEMERROR'],
      );
      assert.equal(await isKnown(kit), phase === 'after');
      await isSpent(kit);
      const rule = { kind: 'err_code', err_code: 'NOAUTH', err_code_des: '商户无权限' } as const;
      await kit.control.fault({ ...onUnifiedorder, phase, ...rule });
      const other = await call(kit, '/pay/unifiedorder', anOrder());
      assert.deepEqual(
        [other.get('err_code'), other.get('err_code_des')],
        ['NOAUTH', '商户无权限'],
      );
    });
  });
}

test('pay before: a close loses to the payment', async (t) => {
  const kit = await aSandbox(t, { settings: { close_after_ms: 0 } });
  await openOrder(kit);
  await kit.control.fault({ match: { call: 'closeorder' }, phase: 'before', kind: 'pay' });
  const lost = await call(kit, '/pay/closeorder', { out_trade_no });
  assert.equal(lost.get('err_code'), 'ORDERPAID');
  assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'SUCCESS');
});

test('pay after: the notice comes before the answer of unifiedorder', async (t) => {
  const kit = await aSandbox(t);
  let isAnswered = false;
  let cameFirst: boolean | undefined;
  const shop = await aShop(t, () => {
    cameFirst = !isAnswered;
    return '<xml><return_code>SUCCESS</return_code></xml>';
  });
  await kit.control.fault({ ...onUnifiedorder, kind: 'pay' });
  const answer = await call(
    kit,
    '/pay/unifiedorder',
    anOrder({ notify_url: `${shop.url}/notify` }),
  );
  isAnswered = true;
  assert.equal(answer.get('result_code'), 'SUCCESS');
  assert.equal(cameFirst, true);
  assert.equal(shop.heard[0]?.fields.get('out_trade_no'), out_trade_no);
});

describe('spoilt answers', () => {
  test('truncated: the text ends in the middle', async (t) => {
    const kit = await aSandbox(t);
    const { status, text } = await meets(kit, { ...onUnifiedorder, kind: 'truncated' });
    assert.equal(status, 200);
    assert.match(text, /^<xml><return_code><!\[CDATA\[SUCCESS/);
    assert.doesNotMatch(text, /<\/xml>/);
    assert.ok(await isKnown(kit));
    await isSpent(kit);
  });

  test('malformed: it ends as it should and is no XML', async (t) => {
    const kit = await aSandbox(t);
    const { text } = await meets(kit, { ...onUnifiedorder, kind: 'malformed' });
    assert.match(text, /<\/xml>$/);
    assert.throws(() => readXml(text), XmlError);
    await isSpent(kit);
  });

  test('wrong_sign: of the right length, and wrong', async (t) => {
    const kit = await aSandbox(t);
    const { text } = await meets(kit, { ...onUnifiedorder, kind: 'wrong_sign' });
    const fields = readXml(text);
    assert.match(fields.get('sign') ?? '', /^[0-9A-F]{32}$/);
    assert.ok(!isSigned(fields, exampleMerchant.key, 'MD5'));
    assert.ok(fields.get('code_url'));
    await isSpent(kit);
  });

  test('missing_sign: everything else is there', async (t) => {
    const kit = await aSandbox(t);
    const { text } = await meets(kit, { ...onUnifiedorder, kind: 'missing_sign' });
    const fields = readXml(text);
    assert.ok(fields.get('code_url'));
    assert.equal(fields.has('sign'), false);
    await isSpent(kit);
  });

  test('swapped: the signed answer about another order', async (t) => {
    const kit = await aSandbox(t);
    await openOrder(kit);
    await openOrder(kit, { out_trade_no: 'T-second' });
    await kit.control.pay({ out_trade_no: 'T-second' });
    await call(kit, '/pay/orderquery', { out_trade_no: 'T-second' });
    await kit.control.fault({ match: { call: 'orderquery' }, kind: 'swapped' });
    const swapped = await query(kit);
    assert.equal(swapped.get('out_trade_no'), 'T-second');
    assert.equal(swapped.get('trade_state'), 'SUCCESS');
    assert.equal((await query(kit)).get('out_trade_no'), out_trade_no);
  });

  test('slow_drip: byte after byte, whole in the end', async (t) => {
    const kit = await aSandbox(t);
    await kit.control.fault({ ...onUnifiedorder, kind: 'slow_drip', drip_ms: 1 });
    const { body } = await request(order(kit), { method: 'POST', body: signedCall(anOrder()) });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    assert.ok(chunks.length > 10, `${chunks.length} pieces`);
    const fields = readXml(Buffer.concat(chunks).toString('utf8'));
    assert.ok(isSigned(fields, exampleMerchant.key, 'MD5'));
    await isSpent(kit);
  });

  test('huge_body: more than a client should read', async (t) => {
    const kit = await aSandbox(t);
    const bytes = 3_000_000;
    const { text } = await meets(kit, { ...onUnifiedorder, kind: 'huge_body', bytes });
    assert.equal(Buffer.byteLength(text), bytes);
    await kit.control.fault({ ...onUnifiedorder, kind: 'huge_body' });
    const dispatcher = new Agent({ maxResponseSize: 65_536 });
    const { body } = await request(order(kit), {
      method: 'POST',
      body: signedCall(anOrder()),
      dispatcher,
    });
    await assert.rejects(body.text(), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
    await dispatcher.close();
  });
});

for (const ending of ['REFUNDCLOSE', 'CHANGE'] as const) {
  test(`refund_ending: the refund ends as ${ending}, and its notice says so`, async (t) => {
    const kit = await aSandbox(t);
    const shop = await aShop(t);
    await openOrder(kit);
    await kit.control.pay({ out_trade_no });
    const match = { call: 'refund', out_trade_no } as const;
    await kit.control.fault({ match, kind: 'refund_ending', ending });
    const refund = { out_refund_no: 'R-1', total_fee: '101', refund_fee: '101' };
    const notify_url = `${shop.url}/refunded`;
    // The order is meant however the call names it.
    const transaction_id = (await query(kit)).get('transaction_id') ?? '';
    await call(kit, '/secapi/pay/refund', { transaction_id, ...refund, notify_url });
    await kit.control.advance(60_000);
    const told = await call(kit, '/pay/refundquery', { out_trade_no });
    assert.equal(told.get('refund_status_0'), ending);
    assert.equal(shop.heard.length, 1);
    // Money that a closed refund did not move can be refunded again.
    const again = { ...refund, out_refund_no: 'R-2' };
    const next = await call(kit, '/secapi/pay/refund', { out_trade_no, ...again });
    assert.equal(next.get('err_code'), ending === 'REFUNDCLOSE' ? undefined : 'ERROR');
  });
}

test('a fault fires at the nth occasion of its order and call, so often as it says', async (t) => {
  const kit = await aSandbox(t);
  await openOrder(kit);
  await openOrder(kit, { out_trade_no: 'T-second' });
  const match = { call: 'orderquery', out_trade_no } as const;
  await kit.control.fault({ match, nth: 2, times: 2, kind: 'system_error' });
  const told: (string | undefined)[] = [];
  for (let n = 0; n < 4; n += 1) {
    told.push((await query(kit)).get('err_code'));
    const other = await call(kit, '/pay/orderquery', { out_trade_no: 'T-second' });
    assert.equal(other.get('result_code'), 'SUCCESS');
  }
  assert.deepEqual(told, [undefined, 'SYSTEMERROR', 'SYSTEMERROR', undefined]);
  const [fault] = await kit.control.faults();
  assert.deepEqual([fault?.seen, fault?.fired, fault?.spent], [3, 2, true]);
});

test('one occasion takes one fault; the next one waits its turn', async (t) => {
  const kit = await aSandbox(t);
  await openOrder(kit);
  await kit.control.fault({ kind: 'system_error' });
  await kit.control.fault({ kind: 'missing_sign' });
  assert.equal((await query(kit)).get('err_code'), 'SYSTEMERROR');
  const second = await post(`${kit.url}/pay/orderquery`, signedCall({ out_trade_no }));
  assert.equal(second.has('sign'), false);
  await kit.control.fault({ kind: 'system_error' });
  await kit.control.forgetFaults();
  assert.equal((await query(kit)).get('result_code'), 'SUCCESS');
  assert.deepEqual(await kit.control.faults(), []);
});

test('a call that WeChat refuses stays refused', async (t) => {
  const kit = await aSandbox(t);
  await kit.control.fault({ kind: 'system_error', times: 2 });
  const merchant = { ...exampleMerchant, key: 'x'.repeat(32) };
  const answer = await post(order(kit), signedCall(anOrder(), { merchant }));
  assert.equal(answer.get('return_msg'), '签名错误');
});

test('closing the sandbox frees who waits in a black hole', async (t) => {
  const kit = await aSandbox(t);
  await kit.control.fault({ kind: 'black_hole' });
  const lost = fetch(order(kit), { method: 'POST', body: signedCall(anOrder()) });
  const rejected = assert.rejects(lost);
  const fired = async () => (await kit.control.faults())[0]?.fired === 1;
  while (!(await fired())) {
    // The call is on its way; asking again is the wait.
  }
  await kit.close();
  await rejected;
});
