import assert from 'node:assert/strict';
import test from 'node:test';
import type { NativeRequest } from '@saoma/contracts/pay';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { Examination } from './examination';
import { NativeCode } from './native-code';
import { Settlement } from './settlement';

const aRequest = (out_trade_no: string, change: Partial<NativeRequest> = {}): NativeRequest => ({
  appid: 'wx2421b1c4370ec43b',
  mch_id: '10000100',
  device_info: 'WEB',
  body: '品优购',
  out_trade_no,
  fee_type: 'CNY',
  total_fee: '6810',
  spbill_create_ip: '127.0.0.1',
  time_start: '20260930101500',
  notify_url: 'http://127.0.0.1:3000/pay/notify',
  trade_type: 'NATIVE',
  product_id: out_trade_no,
  ...change,
});

onEachDatabase('the code of a payment', (bench) => {
  let room: OrderRoom;
  const code = () => room.get(NativeCode);
  const search = (user_id: string, out_trade_no: string | null = null) =>
    code().searchPayLog({ user_id, out_trade_no });
  const claim = async (out_trade_no: string, change?: Partial<NativeRequest>) => {
    const claimed = await code().claimCode({ request: aRequest(out_trade_no, change) });
    assert.equal(claimed.state, 'claimed');
    return claimed as Extract<typeof claimed, { state: 'claimed' }>;
  };
  const keep = (out_trade_no: string, attempt: string, code_url: string | null) =>
    code().keepCode({ out_trade_no, attempt, code_url, err_code: null });
  const change = (out_trade_no: string, columns: Partial<PayLogRow>) =>
    room.database.statements((manager) => manager.update(PayLogRow, { out_trade_no }, columns));

  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  test('of 100 callers at once one may ask WeChat and the others wait', async () => {
    const { out_trade_no } = await room.checkout('crowd');
    const told = await Promise.all(
      Array.from({ length: 100 }, () => code().claimCode({ request: aRequest(out_trade_no) })),
    );
    assert.equal(told.filter(({ state }) => state === 'claimed').length, 1);
    assert.equal(told.filter(({ state }) => state === 'wait').length, 99);
  });

  test('a kept code is everybody’s, and nobody asks for another one while it lives', async () => {
    const { out_trade_no } = await room.checkout('tabs');
    const { attempt } = await claim(out_trade_no);
    assert.deepEqual(await keep(out_trade_no, attempt, 'weixin://code'), { kept: true });
    const found = await search('tabs');
    const expected = { state: 'code', out_trade_no, total_fee: 6810, code_url: 'weixin://code' };
    assert.deepEqual(found, expected);
    const again = await code().claimCode({ request: aRequest(out_trade_no) });
    assert.equal(again.state, 'wait');
    await change(out_trade_no, { code_expire_time: new Date() });
    assert.equal((await search('tabs')).state, 'no-code');
    await claim(out_trade_no);
  });

  test('the first request stays: a changed configuration repeats it word for word', async () => {
    const { out_trade_no } = await room.checkout('frozen');
    const first = await claim(out_trade_no, { body: 'first' });
    await keep(out_trade_no, first.attempt, null);
    const second = await claim(out_trade_no, { body: 'second', spbill_create_ip: '10.0.0.9' });
    assert.deepEqual(second.request, aRequest(out_trade_no, { body: 'first' }));
  });

  test('the code of a stale attempt is not kept', async () => {
    const { out_trade_no } = await room.checkout('stale');
    const { attempt } = await claim(out_trade_no);
    await change(out_trade_no, { attempt_until_time: new Date(0) });
    const next = await claim(out_trade_no);
    assert.deepEqual(await keep(out_trade_no, attempt, 'weixin://old'), { kept: false });
    assert.deepEqual(await keep(out_trade_no, next.attempt, 'weixin://new'), { kept: true });
    assert.equal((await room.payLog(out_trade_no)).code_url, 'weixin://new');
  });

  test('after WeChat’s definite no the watcher looks before anybody asks again', async () => {
    const { out_trade_no } = await room.checkout('refused');
    const { attempt } = await claim(out_trade_no);
    const no = { out_trade_no, attempt, code_url: null, err_code: 'ORDERPAID' };
    assert.deepEqual(await code().keepCode(no), { kept: false });
    const again = await code().claimCode({ request: aRequest(out_trade_no) });
    assert.equal(again.state, 'wait');
  });

  test('a request over another amount is refused and freezes nothing', async () => {
    const { out_trade_no } = await room.checkout('amount');
    const request = aRequest(out_trade_no, { total_fee: '1' });
    await assert.rejects(code().claimCode({ request }), { code: 'request/invalid' });
    assert.equal((await room.payLog(out_trade_no)).native_request, null);
  });

  test('there is nothing to pay once it is paid, closed, wished closed or too old', async () => {
    const nothing = { state: 'nothing' };
    const paid = await room.checkout('done');
    await room.get(Settlement).updateOrderStatus(money(paid.out_trade_no), 'notice');
    const closed = await room.checkout('done');
    await room.get(Settlement).closeOrders(closed.out_trade_no, 'closed by us');
    const wished = await room.checkout('done');
    await room.get(Examination).wishClosed(await room.payLog(wished.out_trade_no), 'shopper');
    for (const { out_trade_no } of [paid, closed, wished]) {
      assert.deepEqual(await search('done', out_trade_no), nothing);
      const told = await code().claimCode({ request: aRequest(out_trade_no) });
      assert.deepEqual(told, nothing);
    }
    const old = await room.checkout('old');
    await change(old.out_trade_no, { create_time: new Date(Date.now() - 1_800_001) });
    assert.deepEqual(await search('old'), nothing);
    assert.deepEqual(await search('nobody'), nothing);
  });

  test('somebody else’s payment is as unknown as one that does not exist', async () => {
    const { out_trade_no } = await room.checkout('owner');
    await assert.rejects(search('thief', out_trade_no), { code: 'payment/not-found' });
    await assert.rejects(search('owner', '1'), { code: 'payment/not-found' });
    // A number is text: no row equals it by being converted.
    await assert.rejects(search('owner', '0'), { code: 'payment/not-found' });
  });

  test('the newest unpaid payment is the one to pay', async () => {
    const first = await room.checkout('newest');
    const second = await room.checkout('newest');
    const found = await search('newest');
    assert.equal('out_trade_no' in found && found.out_trade_no, second.out_trade_no);
    await room.get(Settlement).updateOrderStatus(money(second.out_trade_no), 'notice');
    const next = await search('newest');
    assert.equal('out_trade_no' in next && next.out_trade_no, first.out_trade_no);
  });
});
