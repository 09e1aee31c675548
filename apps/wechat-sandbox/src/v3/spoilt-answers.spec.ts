import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxClient } from '../kit/sandbox-client';
import {
  aV3Sandbox,
  close,
  isVerified,
  openV3Order,
  platformKeys,
  query,
  v3Call,
  v3Merchant,
} from './spec-kit';

const out_trade_no = 'T20260930-0001';
const closing = { body: { mchid: v3Merchant.mch_id } };

type Rule = Parameters<SandboxClient['fault']>[0];

/** An open order, and whether answers about it carry WeChat's signature. */
async function anOpenOrder(t: Parameters<typeof aV3Sandbox>[0]) {
  const kit = await aV3Sandbox(t);
  await openV3Order(kit);
  const keys = await platformKeys(kit);
  const state = async () => (await kit.control.trade(out_trade_no)).trade_state;
  return {
    kit,
    state,
    isSigned: (answer: Parameters<typeof isVerified>[0]) => isVerified(answer, keys),
  };
}

describe('an answer', () => {
  const unverified: Rule[] = [
    { kind: 'wrong_sign' },
    { kind: 'missing_sign' },
    { kind: 'unknown_serial' },
    { kind: 'wrong_serial' },
    { kind: 'missing_header', header: 'Timestamp' },
    { kind: 'stale' },
    { kind: 'tampered' },
    { kind: 'probe' },
  ];
  for (const fault of unverified) {
    test(`with ${JSON.stringify(fault)} is not verified, and the call was done`, async (t) => {
      const { kit, isSigned } = await anOpenOrder(t);
      await kit.control.fault(fault);
      assert.ok(!isSigned(await v3Call(kit, query(out_trade_no))));
      assert.ok(isSigned(await v3Call(kit, query(out_trade_no))));
      assert.equal((await kit.control.trade(out_trade_no)).calls.orderquery, 2);
    });
  }

  for (const [kind, status] of [
    ['accepted', 202],
    ['no_content', 204],
    ['frequency_limited', 429],
  ] as const) {
    test(`of status ${status} is signed; the call was done, or was not`, async (t) => {
      const { kit, state, isSigned } = await anOpenOrder(t);
      for (const [phase, after] of [
        ['before', 'NOTPAY'],
        ['after', 'CLOSED'],
      ] as const) {
        await kit.control.fault({ kind, phase, match: { call: 'closeorder' } });
        const answer = await v3Call(kit, close(out_trade_no), closing);
        assert.deepEqual([answer.status, isSigned(answer)], [status, true]);
        assert.equal(await state(), after);
      }
    });
  }

  test('with somebody else’s "no" has its status and no signature', async (t) => {
    const { kit, isSigned } = await anOpenOrder(t);
    for (const [err_code, status] of [
      ['NOT_ENOUGH', 403],
      ['ORDER_NOT_EXIST', 404],
    ] as const) {
      await kit.control.fault({ kind: 'err_code', err_code, signed: false });
      const answer = await v3Call(kit, query(out_trade_no));
      assert.deepEqual([answer.status, answer.json.code], [status, err_code]);
      assert.equal(answer.headers['wechatpay-signature'], undefined);
      assert.ok(!isSigned(answer));
    }
  });
});
