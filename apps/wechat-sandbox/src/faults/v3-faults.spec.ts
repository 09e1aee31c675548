import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxClient } from '../kit/sandbox-client';
import {
  anOrder,
  aV3Sandbox,
  close,
  isVerified,
  native,
  openedText,
  openV3Order,
  platformKeys,
  query,
  refundQuery,
  refunds,
  v3Call,
  v3Merchant,
} from '../v3/spec-kit';

type Fault = Parameters<SandboxClient['fault']>[0];
const out_trade_no = 'T20260930-0001';
const { mch_id: mchid } = v3Merchant;
const call = 'orderquery';

/** The answers to a query with this fault, and to the next one. */
async function twoQueries(t: Parameters<typeof aV3Sandbox>[0], fault: object) {
  const kit = await aV3Sandbox(t);
  const keys = await platformKeys(kit);
  await openV3Order(kit);
  await kit.control.fault({ match: { call, out_trade_no }, ...fault } as Fault);
  const spoilt = await v3Call(kit, query(out_trade_no));
  const next = await v3Call(kit, query(out_trade_no));
  assert.ok(next.status === 200 && isVerified(next, keys), 'the next one is as ever');
  return { spoilt, next, keys };
}

describe('an answer that a client must not believe', () => {
  const faults = [
    { kind: 'wrong_sign' },
    { kind: 'missing_sign' },
    { kind: 'unknown_serial' },
    { kind: 'missing_header' },
    { kind: 'missing_header', header: 'Timestamp' },
    { kind: 'stale' },
    { kind: 'tampered' },
    { kind: 'probe' },
    { kind: 'err_code', err_code: 'ORDER_NOT_EXIST', signed: false },
  ];
  for (const fault of faults) {
    test(JSON.stringify(fault), async (t) => {
      const { spoilt, keys } = await twoQueries(t, fault);
      assert.ok(!isVerified(spoilt, keys));
    });
  }
});

describe('an answer that is true, and not what was hoped for', () => {
  const table: [fault: object, status: number, body: string][] = [
    [{ kind: 'system_error' }, 500, '{"code":"SYSTEM_ERROR","message":"系统异常，请稍后重试"}'],
    [
      { kind: 'frequency_limited' },
      429,
      '{"code":"FREQUENCY_LIMITED","message":"频率超过限制，请降低请求频率"}',
    ],
    [{ kind: 'accepted' }, 202, ''],
    [
      { kind: 'err_code', err_code: 'RULE_LIMIT', err_code_des: 'x' },
      403,
      '{"code":"RULE_LIMIT","message":"x"}',
    ],
    [
      { kind: 'err_code', err_code: 'ORDERNOTEXIST' },
      404,
      '{"code":"ORDERNOTEXIST","message":"ORDERNOTEXIST"}',
    ],
  ];
  for (const [fault, status, body] of table) {
    test(JSON.stringify(fault), async (t) => {
      const { spoilt, keys } = await twoQueries(t, fault);
      assert.deepEqual([spoilt.status, spoilt.text], [status, body]);
      assert.ok(isVerified(spoilt, keys));
    });
  }

  test('half of one, and JSON that is none', async (t) => {
    const kit = await aV3Sandbox(t);
    for (const kind of ['truncated', 'malformed'] as const) {
      await kit.control.fault({ kind, match: { call } });
      // The answer begins as JSON does, and its reader throws.
      await assert.rejects(v3Call(kit, query(out_trade_no)), SyntaxError, kind);
    }
  });
});

test('a refund is made although the answer says 500, or nothing yet', async (t) => {
  const kit = await aV3Sandbox(t, { settings: { refund_spacing_ms: 0 } });
  await kit.control.pay({ code_url: await openV3Order(kit) });
  const amount = { refund: 1, total: 101, currency: 'CNY' };
  for (const kind of ['system_error', 'accepted', 'http_error', 'frequency_limited'] as const) {
    const body = { out_trade_no, out_refund_no: `R-${kind}`, amount };
    await kit.control.fault({ kind, match: { call: 'refund' } });
    const answer = await v3Call(kit, refunds, { body });
    assert.notEqual(answer.status, 200);
    assert.equal((await v3Call(kit, refundQuery(`R-${kind}`))).status, 200, kind);
    await kit.control.fault({ kind, phase: 'before', match: { call: 'refund' } });
    const never = { ...body, out_refund_no: `N-${kind}` };
    assert.notEqual((await v3Call(kit, refunds, { body: never })).status, 200);
    assert.equal((await v3Call(kit, refundQuery(`N-${kind}`))).status, 404, kind);
  }
});

test('an answer about another order comes with a true signature', async (t) => {
  const kit = await aV3Sandbox(t);
  await openV3Order(kit, { out_trade_no: 'T-another' });
  await openV3Order(kit);
  await v3Call(kit, query('T-another'));
  await kit.control.fault({ kind: 'swapped', match: { call } });
  const answer = await v3Call(kit, query(out_trade_no));
  assert.equal(answer.json.out_trade_no, 'T-another');
  assert.ok(isVerified(answer, await platformKeys(kit)));
});

test('a close loses to the payer who pays just before it', async (t) => {
  const kit = await aV3Sandbox(t);
  await openV3Order(kit);
  await kit.control.fault({ kind: 'pay', phase: 'before', match: { call: 'closeorder' } });
  const answer = await v3Call(kit, close(out_trade_no), { body: { mchid } });
  assert.deepEqual([answer.status, answer.json.code], [400, 'ORDER_PAID']);
  assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'SUCCESS');
});

test('a certificate whose tag is broken cannot be opened', async (t) => {
  const kit = await aV3Sandbox(t, { platformMode: 'certificate' });
  await kit.control.fault({ kind: 'broken_tag', match: { call: 'certificates' } });
  const way = ['GET', '/v3/certificates'] as const;
  const opening = async () => {
    const answer = await v3Call(kit, way);
    assert.ok(isVerified(answer, await platformKeys(kit)));
    return openedText(answer.json.data[0].encrypt_certificate);
  };
  await assert.rejects(opening);
  assert.match(await opening(), /BEGIN CERTIFICATE/);
});

test('a fault of one dialect lets the other through; a refund’s number is enough', async (t) => {
  const kit = await aV3Sandbox(t);
  await kit.control.fault({ kind: 'reset', match: { api: 'v2' } });
  await openV3Order(kit);
  await kit.control.pay({ out_trade_no });
  const amount = { refund: 1, total: 101, currency: 'CNY' };
  await v3Call(kit, refunds, { body: { out_trade_no, out_refund_no: 'R-1', amount } });
  await kit.control.fault({ kind: 'reset', match: { call: 'refundquery', out_trade_no } });
  await assert.rejects(v3Call(kit, refundQuery('R-1')));
  await kit.control.fault({ kind: 'reset', match: { mch_id: '1' } });
  const body = anOrder({ out_trade_no: 'T-another' });
  assert.equal((await v3Call(kit, native, { body })).status, 200);
});
