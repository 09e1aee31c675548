import assert from 'node:assert/strict';
import test from 'node:test';
import type { OrderOutput } from '@saoma/contracts/order';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { merchant } from '../../../../test/support/system';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { OperatorService } from '../operator/operator.service';
import { onEachDatabase } from '../schema/spec-kit';
import { heardLines, money, OrderRoom } from '../spec-kit';
import { CodeClaims } from './code-claims';
import { PaymentBook } from './payment-book';
import { Settlement } from './settlement';

type Claim = Extract<OrderOutput<'searchPayLog'>, { state: 'claimed' }>;

onEachDatabase('WeChat’s no to a code', (bench) => {
  let room: OrderRoom;
  let pay: ServiceProcess;
  const codes = () => room.get(CodeClaims);
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
    const PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    const env = { ...merchant, WECHAT_API_URL: 'http://127.0.0.1:1', PAY_RPC };
    pay = await ServiceProcess.start('pay-service', env);
    room = await OrderRoom.open(bench, { env: { PAY_RPC } });
  });
  test.after(async () => {
    await room.close();
    await pay.stop();
  });

  test('of what is paid WeChat is asked at once, before another code is asked for', async () => {
    const { out_trade_no } = await room.checkout('refused');
    const { attempt } = await claim('refused');
    const no = { err_code: 'ORDERPAID', err_code_des: '已支付' };
    const end = { out_trade_no, attempt, code_url: null, no };
    assert.deepEqual(await codes().keepCode(end), { kept: false });
    assert.deepEqual(await search('refused'), { state: 'wait', out_trade_no });
    const { told_state } = await room.payLog(out_trade_no);
    assert.match(told_state ?? '', /^unknown/, 'nobody answers here; the watcher goes on');
  });

  const answerNo = async (user_id: string, err_code: string) => {
    const { out_trade_no, attempt } = await claim(user_id);
    const no = { err_code, err_code_des: '原因' };
    await codes().keepCode({ out_trade_no, attempt, code_url: null, no });
    return room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
  };

  test('what WeChat refuses is told at once, is an operator’s, and rests a minute', async () => {
    for (const err_code of [
      'NOAUTH',
      'OUT_TRADE_NO_USED',
      'PARAM_ERROR',
      'APPID_MCHID_NOT_MATCH',
    ]) {
      const { out_trade_no } = await room.checkout(err_code);
      const lines = heardLines(out_trade_no);
      const [anomaly, ...others] = await answerNo(err_code, err_code);
      const words = { kind: 'code-refused', err_code, err_code_des: '原因', state: 'OPEN' };
      assert.deepEqual({ ...anomaly, ...words }, { ...anomaly });
      assert.deepEqual(others, []);
      const errors = lines.filter(({ level }) => level === 50);
      assert.deepEqual(
        errors.map((line) => [line.kind, line.out_trade_no, line.err_code]),
        ['code.failed', 'code-refused'].map((kind) => [kind, out_trade_no, err_code]),
      );
      await assert.rejects(search(err_code), { code: 'wechat/refused' });
      await change(out_trade_no, { refused_until_time: new Date() });
      const again = await answerNo(err_code, err_code);
      assert.equal(again.length, 1, 'the same news is one anomaly');
      await assert.rejects(search(err_code), { code: 'wechat/refused' });
    }
  });

  test('a resolved refusal is asked about at once, and is open again if it stays', async () => {
    await room.checkout('right');
    const [anomaly] = await answerNo('right', 'NOAUTH');
    const anomaly_id = anomaly?.anomaly_id ?? '';
    const operator = room.get(OperatorService);
    await operator.resolveAnomaly({ user_id: 'op', anomaly_id, note: 'granted' });
    const [again] = await answerNo('right', 'NOAUTH');
    assert.deepEqual([again?.anomaly_id, again?.state], [anomaly_id, 'OPEN']);
    assert.deepEqual([again?.resolved_by, again?.resolved_time], [null, null]);
    await operator.resolveAnomaly({ user_id: 'op', anomaly_id, note: 'granted' });
    assert.deepEqual(await keep(await claim('right'), 'weixin://granted'), { kept: true });
  });

  test('a refusal ends by itself with a code or the money; not because it was closed', async () => {
    const states = async (out_trade_no: string) => {
      const rows = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
      return rows.map(({ state, resolved_by, note }) => [state, resolved_by, note]);
    };
    const refused = async (user_id: string) => {
      const { out_trade_no } = await room.checkout(user_id);
      await answerNo(user_id, 'NOAUTH');
      assert.deepEqual(await states(out_trade_no), [['OPEN', null, '']]);
      return out_trade_no;
    };
    const given = await refused('given');
    await change(given, { refused_until_time: new Date() });
    assert.deepEqual(await keep(await claim('given'), 'weixin://given'), { kept: true });
    const ended = ['RESOLVED', null, 'WeChat has given a code'];
    assert.deepEqual(await states(given), [ended]);
    assert.equal((await room.payLog(given)).refused_until_time, null);
    const paid = await refused('paid');
    const come = money(paid);
    await room.get(Settlement).updateOrderStatus(come, 'notice');
    assert.deepEqual(await states(paid), [['RESOLVED', null, `paid by ${come.transaction_id}`]]);
    const closed = await refused('closed');
    await room.get(Settlement).closeOrders(closed, 'ORDERNOTEXIST');
    assert.deepEqual(await states(closed), [['OPEN', null, '']]);
  });

  test('a number that WeChat has closed is never given a code again', async () => {
    const { out_trade_no } = await room.checkout('gone');
    assert.deepEqual(await answerNo('gone', 'ORDERCLOSED'), []);
    assert.deepEqual(await search('gone', out_trade_no), { state: 'nothing' });
    const { close_wish_time, attempt } = await room.payLog(out_trade_no);
    assert.ok(close_wish_time);
    assert.equal(attempt, null);
  });

  test('with money of another amount there is no code any more, living or new', async () => {
    const held = { code: 'wechat/refused', message: /Do not pay it again/ };
    const other = (out_trade_no: string) =>
      room.get(Settlement).updateOrderStatus(money(out_trade_no, { total_fee: 1 }), 'notice');
    const { out_trade_no } = await room.checkout('living');
    await keep(await claim('living'), 'weixin://living');
    await other(out_trade_no);
    await assert.rejects(search('living'), held);
    const [anomaly] = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    const resolved = { user_id: 'op', anomaly_id: anomaly?.anomaly_id ?? '', note: 'refunded' };
    await room.get(OperatorService).resolveAnomaly(resolved);
    // WeChat has taken money for the number: it gives no code for it, whatever is noted here.
    await assert.rejects(search('living'), held);
    await other((await room.checkout('new')).out_trade_no);
    await assert.rejects(search('new'), held);
    const asking = await room.checkout('asking');
    const claimed = await claim('asking');
    await other(asking.out_trade_no);
    assert.deepEqual(await keep(claimed, 'weixin://late'), { kept: false });
    await assert.rejects(search('asking'), held);
    await room.get(Settlement).updateOrderStatus(money(asking.out_trade_no), 'query');
    assert.deepEqual(await search('asking', asking.out_trade_no), { state: 'nothing' });
  });

  test('with money that nobody can read there is no code either', async () => {
    const { out_trade_no } = await room.checkout('unreadable');
    await keep(await claim('unreadable'), 'weixin://unreadable');
    const unreadable = { is: 'unreadable', state: 'SUCCESS' } as const;
    await room.get(PaymentBook).act(await room.payLog(out_trade_no), unreadable);
    await assert.rejects(search('unreadable'), { code: 'wechat/refused' });
  });
});
