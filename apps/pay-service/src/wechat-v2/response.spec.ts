import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { altered, answerHead, golden, merchant, plain, signed } from '../spec-kit';
import { processResponse } from './response';

const out_trade_no = '20260930T101500-0001';
const asked = { merchant, echo: { out_trade_no } };
const hmacAsked = { merchant: { ...merchant, sign_type: 'HMAC-SHA256' } as const, echo: {} };
const outcome = (body: Uint8Array, how: Parameters<typeof processResponse>[1] = asked) =>
  processResponse(body, how).outcome;

describe('the four cases of an answer', () => {
  test('no return_code decides nothing', () => {
    assert.equal(outcome(signed({ ...answerHead, return_code: '' })), 'unknown');
    assert.equal(outcome(signed({ appid: merchant.appid })), 'unknown');
    assert.equal(outcome(Buffer.from('<html>502</html>')), 'unknown');
    assert.equal(outcome(Buffer.from('')), 'unknown');
  });

  test('return_code FAIL decides nothing, signed or not', () => {
    assert.deepEqual(processResponse(golden('G05'), asked), {
      outcome: 'unknown',
      reason: 'FAIL: 签名错误',
    });
    const fail = { ...answerHead, return_code: 'FAIL', result_code: 'FAIL', err_code: 'ORDERPAID' };
    assert.equal(outcome(signed(fail)), 'unknown');
  });

  test('return_code SUCCESS counts only with its signature', () => {
    const fields = { ...answerHead, result_code: 'SUCCESS' };
    assert.equal(outcome(signed(fields)), 'success');
    assert.equal(outcome(plain(fields)), 'unknown');
    assert.equal(outcome(plain({ ...fields, sign: 'A'.repeat(32) })), 'unknown');
    assert.equal(outcome(signed(fields, 'HMAC-SHA256')), 'unknown');
  });

  test('any other return_code decides nothing', () => {
    for (const return_code of ['success', 'OK', 'SUCCESS ', '0']) {
      assert.equal(
        outcome(signed({ ...answerHead, return_code, result_code: 'SUCCESS' })),
        'unknown',
      );
    }
  });
});

describe('golden answers', () => {
  const successes = ['G03', 'G09', 'G10', 'G11', 'G14', 'G17', 'G19'];
  for (const sample of successes) {
    test(`${sample} is a success`, () => assert.equal(outcome(golden(sample)), 'success'));
  }

  const nos = {
    G06: 'ORDERPAID',
    G07: 'INVALID_REQUEST',
    G12: 'ORDERNOTEXIST',
    G15: 'ORDERPAID',
    G18: 'NOTENOUGH',
  };
  for (const [sample, err_code] of Object.entries(nos)) {
    test(`${sample} is a definite no: ${err_code}`, () => {
      const verdict = processResponse(golden(sample), asked);
      assert.equal(verdict.outcome === 'no' && verdict.err_code, err_code);
    });
  }

  test('G04 is a success for whoever asked with HMAC-SHA256, and for nobody else', () => {
    assert.equal(outcome(golden('G04'), hmacAsked), 'success');
    assert.equal(outcome(golden('G04')), 'unknown');
    assert.equal(outcome(golden('G03'), hmacAsked), 'unknown');
  });

  test('an altered answer decides nothing', () => {
    assert.equal(outcome(altered('G09', '<total_fee>101<', '<total_fee>1<')), 'unknown');
    assert.equal(outcome(altered('G06', 'ORDERPAID', 'ORDERCLOSED')), 'unknown');
    assert.equal(outcome(altered('G10', 'NOTPAY', 'SUCCESS')), 'unknown');
    assert.equal(outcome(golden('G09').subarray(0, -6)), 'unknown');
  });
});

test('an answer to another merchant or about another number decides nothing', () => {
  const success = { ...answerHead, result_code: 'SUCCESS', out_trade_no };
  assert.equal(outcome(signed(success)), 'success');
  for (const change of [
    { appid: 'wx0000000000000000' },
    { mch_id: '10000101' },
    { appid: '' },
    { mch_id: '' },
    { out_trade_no: '20260930T101500-0002' },
  ]) {
    assert.equal(outcome(signed({ ...success, ...change })), 'unknown', JSON.stringify(change));
  }
});

test('each number and amount that we asked with is compared where the answer names it', () => {
  const echo = { out_trade_no, out_refund_no: 'R1', refund_fee: '5' };
  const judged = (fields: Record<string, string>) =>
    outcome(signed({ ...answerHead, result_code: 'SUCCESS', ...fields }), { merchant, echo });
  assert.equal(judged({}), 'success');
  assert.equal(judged(echo), 'success');
  assert.equal(judged({ ...echo, out_refund_no: 'R2' }), 'unknown');
  assert.equal(judged({ ...echo, refund_fee: '6' }), 'unknown');
  assert.equal(judged({ ...echo, refund_fee: '05' }), 'unknown');
});

test('a failure without its code, or with a result that nobody knows, decides nothing', () => {
  const failures: Record<string, string>[] = [
    {},
    { result_code: '' },
    { result_code: 'FAIL' },
    { result_code: 'FAIL', err_code: '' },
    { result_code: 'MAYBE', err_code: 'ORDERPAID' },
  ];
  for (const fields of failures) {
    assert.equal(outcome(signed({ ...answerHead, ...fields })), 'unknown');
  }
});

test('a code is told in the one spelling that all compare, however it is spelled', () => {
  for (const [said, told] of [
    ['ORDER_PAID', 'ORDERPAID'],
    ['ORDER_CLOSED', 'ORDERCLOSED'],
    ['ORDER_NOT_EXIST', 'ORDERNOTEXIST'],
    ['REFUND_NOT_EXIST', 'REFUNDNOTEXIST'],
    ['PARAMERROR', 'PARAM_ERROR'],
    ['INVALIDREQUEST', 'INVALID_REQUEST'],
    ['TRADEOVERDUE', 'TRADE_OVERDUE'],
    ['TRADE_STATE_ERROR', 'TRADE_STATE_ERROR'],
  ] as const) {
    const fields = { ...answerHead, result_code: 'FAIL', err_code: said, err_code_des: said };
    const no = { outcome: 'no', err_code: told, err_code_des: said };
    assert.deepEqual(processResponse(signed(fields), asked), no);
  }
});

test('errors that say "not now" or "nobody knows" decide nothing, however spelled', () => {
  for (const err_code of [
    'SYSTEMERROR',
    'SYSTEM_ERROR',
    'BANKERROR',
    'BIZERR_NEED_RETRY',
    'FREQUENCY_LIMITED',
    'RATELIMIT_EXCEEDED',
    'INVALID_REQ_TOO_MUCH',
    'ORDER_NOT_READY',
  ]) {
    assert.equal(
      outcome(signed({ ...answerHead, result_code: 'FAIL', err_code })),
      'unknown',
      err_code,
    );
  }
});
