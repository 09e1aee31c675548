import assert from 'node:assert/strict';
import test from 'node:test';
import type { OrderOutput } from '@saoma/contracts/order';
import { payService } from '@saoma/contracts/pay';
import { payments } from '@saoma/contracts/payments';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { merchant } from '../../../../test/support/system';
import { OrderConfig } from '../config';
import { IdWorker } from '../ids/id-worker';
import { History } from '../ledger/history';
import { LastingUnknown } from '../ledger/lasting-unknown';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';
import { heardLines, money, OrderRoom } from '../spec-kit';
import { CodeClaims } from './code-claims';
import { CodeRefusals } from './code-refusals';
import { Examination } from './examination';
import { PayClient } from './pay-client';
import { PaymentService } from './payment.service';
import { PaymentBook } from './payment-book';
import { Settlement } from './settlement';

type Claim = Extract<OrderOutput<'searchPayLog'>, { state: 'claimed' }>;
const wordsOf = ({ request }: Claim) => request.dialect === 'v2' && request.body;

onEachDatabase('the code of a payment', (bench) => {
  const counter = new StatementCounter();
  let room: OrderRoom;
  let pay: ServiceProcess;
  const startPay = async (WECHAT_BODY: string, more: Record<string, string> = {}) => {
    const env = { ...merchant, WECHAT_API_URL: 'http://127.0.0.1:1', WECHAT_BODY, ...more };
    pay = await ServiceProcess.start('pay-service', { ...env, PAY_RPC });
  };
  let PAY_RPC: string;
  const codes = () => room.get(CodeClaims);
  /** Another order service over the same database, with settings of its own. */
  const another = (pay = room.get(PayClient), env: Record<string, string> = {}) => {
    const config = new OrderConfig({ PAY_RPC, ...env });
    const others = [room.get(IdWorker), room.get(History), pay, room.get(PaymentService)] as const;
    const after = [room.get(CodeRefusals), room.get(LastingUnknown)] as const;
    return new CodeClaims(room.database, config, ...others, ...after);
  };
  const search = (user_id: string, out_trade_no: string | null = null) =>
    codes().searchPayLog({ user_id, out_trade_no });
  const claim = async (user_id: string): Promise<Claim> => {
    const found = await search(user_id);
    assert.ok(found.state === 'claimed', found.state);
    return found;
  };
  const keep = ({ out_trade_no, attempt }: Claim, code_url: string | null) =>
    codes().keepCode({ out_trade_no, attempt, code_url, no: null });
  const change = (out_trade_no: string, columns: Partial<PayLogRow>) =>
    room.database.statements((manager) => manager.update(PayLogRow, { out_trade_no }, columns));

  test.before(async () => {
    PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    await startPay('first');
    room = await OrderRoom.open(bench, { env: { PAY_RPC }, logger: counter });
  });
  test.after(async () => {
    await room.close();
    await pay.stop();
  });

  test('of 100 callers at once one may ask WeChat and the others wait', async () => {
    const { out_trade_no } = await room.checkout('crowd');
    const crowd = Array.from({ length: 50 }, () => another()).flatMap((codes) => [codes, codes]);
    const told = await Promise.all(
      crowd.map((codes) => codes.searchPayLog({ user_id: 'crowd', out_trade_no: null })),
    );
    const [claimed, ...others] = told.sort((a, b) => (a.state < b.state ? -1 : 1));
    assert.ok(claimed?.state === 'claimed');
    assert.equal(claimed.request.out_trade_no, out_trade_no);
    assert.ok(claimed.request.dialect === 'v2' && claimed.request.total_fee === '6810');
    assert.deepEqual(others, Array(99).fill({ state: 'wait', out_trade_no }));
  });

  test('a kept code is everybody’s, and nobody asks for another one while it lives', async () => {
    const { out_trade_no } = await room.checkout('tabs');
    assert.deepEqual(await keep(await claim('tabs'), 'weixin://code'), { kept: true });
    const expected = { state: 'code', out_trade_no, total_fee: 6810, code_url: 'weixin://code' };
    assert.deepEqual(await search('tabs'), expected);
    await change(out_trade_no, { code_expire_time: new Date() });
    await claim('tabs');
  });

  test('the first request stays: a changed configuration repeats it word for word', async () => {
    await room.checkout('frozen');
    const first = await claim('frozen');
    assert.equal(wordsOf(first), 'first');
    await keep(first, null);
    await pay.stop();
    await startPay('second');
    const second = await claim('frozen');
    assert.deepEqual(second.request, first.request);
    await keep(second, 'weixin://code');
    await change(second.out_trade_no, { code_expire_time: new Date() });
    await pay.stop();
    // With a code of its own it needs nobody who prepares it.
    assert.deepEqual((await claim('frozen')).request, first.request);
    await startPay('second');
    await room.checkout('afterwards');
    assert.equal(wordsOf(await claim('afterwards')), 'second');
  });

  test('another merchant asks by a request of its own, until a code was given', async () => {
    const { out_trade_no } = await room.checkout('moved');
    const merchantOf = ({ request }: Claim) => request.dialect === 'v2' && request.mch_id;
    await keep(await claim('moved'), null);
    await pay.stop();
    await startPay('second', { WECHAT_MCH_ID: '1900000901' });
    const anew = await claim('moved');
    assert.equal(merchantOf(anew), '1900000901');
    await keep(anew, 'weixin://theirs');
    await change(out_trade_no, { code_expire_time: new Date() });
    await pay.stop();
    await startPay('second');
    assert.deepEqual((await claim('moved')).request, anew.request);
  });

  test('a code is not given out while the account of now cannot ask about it', async () => {
    const { out_trade_no } = await room.checkout('stranger');
    await keep(await claim('stranger'), 'weixin://ours');
    const look = async () => room.get(Examination).examine(await room.payLog(out_trade_no));
    await pay.stop();
    await startPay('second', { WECHAT_MCH_ID: '1900000901' });
    const lines = heardLines(out_trade_no);
    for (let looks = 0; looks < 2; looks += 1) await look();
    await assert.rejects(search('stranger'), { code: 'wechat/unavailable' });
    const errors = lines.filter(({ level }) => level === 50);
    assert.deepEqual(
      errors.map((line) => [line.kind, line.out_trade_no]),
      [['query.answered', out_trade_no]],
    );
    await pay.stop();
    await startPay('second');
    await look();
    assert.equal((await search('stranger')).state, 'code');
  });

  test('refused under a mistyped appid, it is asked for at once under the right one', async () => {
    const { out_trade_no } = await room.checkout('mistyped');
    await pay.stop();
    await startPay('first', { WECHAT_APPID: 'wx0000000000000000' });
    const { attempt } = await claim('mistyped');
    const no = { err_code: 'APPID_MCHID_NOT_MATCH', err_code_des: 'appid和mch_id不匹配' };
    await codes().keepCode({ out_trade_no, attempt, code_url: null, no });
    const refused = { code: 'wechat/refused' };
    await assert.rejects(search('mistyped'), refused);
    await pay.stop();
    await startPay('second');
    const anew = await claim('mistyped');
    assert.equal(anew.request.appid, merchant.WECHAT_APPID);
    await codes().keepCode({ out_trade_no, attempt: anew.attempt, code_url: null, no });
    await assert.rejects(search('mistyped'), refused, 'the right one has to wait as well');
  });

  test('a new code takes 7 statements and two commits', async () => {
    const { out_trade_no } = await room.checkout('counted');
    counter.restart();
    const found = await search('counted', out_trade_no);
    assert.ok(found.state === 'claimed');
    assert.deepEqual(await keep(found, 'weixin://code'), { kept: true });
    const sent = counter.statements.filter((sql) => !sql.startsWith('BEGIN'));
    assert.equal(sent.length, 7, sent.join('\n'));
    assert.equal(counter.commits, 2);
  });

  test('of two requests prepared at the same time the first to be claimed stays', async () => {
    const { out_trade_no } = await room.checkout('race');
    const pay = room.get(PayClient);
    let first: Claim | undefined;
    const prepareNative: PayClient['prepareNative'] = async (payment) => {
      first = await claim('race');
      await keep(first, null);
      return pay.prepareNative(payment);
    };
    const slow = another({ prepareNative } as PayClient, { PAY_LOG_TTL_MS: '600000' });
    const late = () => slow.searchPayLog({ user_id: 'race', out_trade_no: null });
    assert.deepEqual(await late(), { state: 'wait', out_trade_no });
    const next = await late();
    assert.ok(next.state === 'claimed');
    assert.deepEqual(next.request, first?.request);
  });

  test('without the pay service nothing is claimed, and nobody waits for it in vain', async () => {
    const unavailable = { code: 'service/unavailable' };
    const { out_trade_no } = await room.checkout('away');
    await pay.stop();
    await assert.rejects(search('away'), unavailable);
    await startPay('second');
    pay.signal('SIGSTOP');
    await assert.rejects(search('away'), unavailable);
    pay.signal('SIGCONT');
    assert.equal((await room.payLog(out_trade_no)).attempt, null);
    await claim('away');
  });

  test('the limits nest: prepared within the search, WeChat asked within the claim', async () => {
    const { searchPayLog } = payments.methods;
    const { prepareNative, createNative } = payService.methods;
    assert.ok(prepareNative.limitMsMax < searchPayLog.limitMsMax);
    const { out_trade_no } = await room.checkout('limits');
    const searchedMs = Date.now();
    await claim('limits');
    const { attempt_until_time } = await room.payLog(out_trade_no);
    const longestMs = searchPayLog.limitMsMax + createNative.limitMsMax;
    assert.ok(Number(attempt_until_time) >= searchedMs + longestMs);
  });

  test('whoever did not hear of its claim searches again by its number, and has it', async () => {
    const { out_trade_no } = await room.checkout('unheard');
    const wanted = { user_id: 'unheard', out_trade_no, attempt: '18446744073709551615' };
    const first = await codes().searchPayLog(wanted);
    assert.ok(first.state === 'claimed' && first.attempt === wanted.attempt);
    // Also at another order service.
    assert.deepEqual(await another().searchPayLog(wanted), first);
    for (const others of [
      { ...wanted, attempt: '7' },
      { user_id: 'unheard', out_trade_no },
    ]) {
      assert.deepEqual(await codes().searchPayLog(others), { state: 'wait', out_trade_no });
    }
    assert.deepEqual(await keep(first, 'weixin://code'), { kept: true });
    assert.equal((await codes().searchPayLog(wanted)).state, 'code');
  });

  test('the code of a stale attempt is not kept', async () => {
    const { out_trade_no } = await room.checkout('stale');
    const first = await claim('stale');
    await change(out_trade_no, { attempt_until_time: new Date(0) });
    const next = await claim('stale');
    assert.deepEqual(await keep(first, 'weixin://old'), { kept: false });
    assert.deepEqual(await keep(next, 'weixin://new'), { kept: true });
    assert.equal((await room.payLog(out_trade_no)).code_url, 'weixin://new');
  });

  test('a claim or a code from a clock that was hours ahead keeps nobody from asking', async () => {
    const { out_trade_no } = await room.checkout('ahead');
    const inEightHours = new Date(Date.now() + 8 * 3_600_000);
    await claim('ahead');
    await change(out_trade_no, { attempt_until_time: inEightHours });
    await keep(await claim('ahead'), 'weixin://of-later');
    await change(out_trade_no, { code_expire_time: inEightHours });
    await claim('ahead');
  });

  test('after the clock was set back no code is believed any more', async () => {
    await room.checkout('set-back');
    await keep(await claim('set-back'), 'weixin://of-unknown-age');
    const forget = (now: Date) =>
      room.database.statements((manager) => codes().forgetCodes(manager, now));
    await forget(new Date());
    await claim('set-back');
  });

  test('a code that comes after the wish to close is written down and not given out', async () => {
    const { out_trade_no } = await room.checkout('wish');
    const claimed = await claim('wish');
    await room.get(PaymentBook).wishClosed(await room.payLog(out_trade_no), 'shopper');
    assert.deepEqual(await keep(claimed, 'weixin://late'), { kept: false });
    const { attempt, code_url } = await room.payLog(out_trade_no);
    assert.deepEqual({ attempt, code_url }, { attempt: null, code_url: 'weixin://late' });
  });

  test('there is nothing to pay once it is paid, closed, wished closed or too old', async () => {
    const nothing = { state: 'nothing' };
    const paid = await room.checkout('done');
    await room.get(Settlement).updateOrderStatus(money(paid.out_trade_no), 'notice');
    const closed = await room.checkout('done');
    await room.get(Settlement).closeOrders(closed.out_trade_no, 'closed by us');
    const wished = await room.checkout('done');
    await room.get(PaymentBook).wishClosed(await room.payLog(wished.out_trade_no), 'shopper');
    for (const { out_trade_no } of [paid, closed, wished]) {
      assert.deepEqual(await search('done', out_trade_no), nothing);
      assert.equal((await room.payLog(out_trade_no)).attempt, null);
    }
    const old = await room.checkout('old');
    await change(old.out_trade_no, { create_time: new Date(Date.now() - 1_800_001) });
    for (const who of ['old', 'nobody']) assert.deepEqual(await search(who), nothing);
  });

  test('somebody else’s payment is as unknown as one that does not exist', async () => {
    const { out_trade_no } = await room.checkout('owner');
    await assert.rejects(search('thief', out_trade_no), { code: 'payment/not-found' });
    await assert.rejects(search('owner', '1'), { code: 'payment/not-found' });
    // A number is text: no row equals it by being converted.
    await assert.rejects(search('owner', '0'), { code: 'payment/not-found' });
  });

  test('the newest unpaid payment is the one to pay, unless it is being closed', async () => {
    const order = () => room.checkout('newest');
    const [first, second, third] = [await order(), await order(), await order()];
    await room.get(PaymentBook).wishClosed(await room.payLog(third.out_trade_no), 'shopper');
    assert.equal((await claim('newest')).out_trade_no, second.out_trade_no);
    await room.get(Settlement).updateOrderStatus(money(second.out_trade_no), 'notice');
    assert.equal((await claim('newest')).out_trade_no, first.out_trade_no);
  });
});
