import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { paid, paths, trade, unpaid } from './channel-spec-kit';
import { type Answer, aChannel, answer, no } from './v3-spec-kit';

const done = answer(204, '');

/** What closing answers when WeChat answers the close and the query after it so. */
async function closed(t: TestContext, close: Answer, after: Answer | undefined) {
  const wechat = { [paths.close]: close, [paths.query]: after };
  const { channel, requests } = await aChannel(t, { wechat });
  return { verdict: await channel.closeOrder(trade), asked: requests.length };
}

test('a close is believed only after a query that says so', async (t) => {
  const dead = { ...unpaid, trade_state: 'CLOSED' };
  for (const after of [answer(200, dead), no(404, 'ORDER_NOT_EXIST')]) {
    const { verdict, asked } = await closed(t, done, after);
    assert.deepEqual([verdict, asked], [{ outcome: 'success' }, 2]);
  }
});

test('a payment that was paid before the close is not closed', async (t) => {
  for (const trade_state of ['SUCCESS', 'REFUND']) {
    const { verdict } = await closed(t, done, answer(200, { ...paid, trade_state }));
    assert.ok(verdict.outcome === 'no' && verdict.err_code === 'ORDERPAID');
  }
  const { verdict, asked } = await closed(t, no(400, 'ORDER_PAID'), undefined);
  assert.ok(verdict.outcome === 'no' && verdict.err_code === 'ORDERPAID');
  assert.equal(asked, 1);
});

test('a close after which nobody can say what is so is unknown', async (t) => {
  const unsigned = { ...no(404, 'ORDER_NOT_EXIST'), headers: {} };
  const other = answer(200, { ...unpaid, trade_state: 'CLOSED', out_trade_no: '1' });
  for (const after of [
    answer(200, unpaid),
    answer(200, { ...unpaid, trade_state: 'SOMETHING_NEW' }),
    no(400, 'PARAM_ERROR'),
    no(404, 'RESOURCE_NOT_EXISTS'),
    no(500, 'SYSTEM_ERROR'),
    unsigned,
    other,
    undefined,
  ]) {
    const { verdict } = await closed(t, done, after);
    assert.equal(verdict.outcome, 'unknown', after?.body);
  }
});

test('a close that WeChat has not signed closes nothing', async (t) => {
  for (const close of [{ ...done, headers: {} }, answer(202, ''), no(500, 'SYSTEM_ERROR')]) {
    const { verdict, asked } = await closed(t, close, no(404, 'ORDER_NOT_EXIST'));
    assert.deepEqual([verdict.outcome, asked], ['unknown', 1]);
  }
});
