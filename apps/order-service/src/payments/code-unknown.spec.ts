import assert from 'node:assert/strict';
import test from 'node:test';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { merchant } from '../../../../test/support/system';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { CodeClaims } from './code-claims';
import { PaymentBook } from './payment-book';

onEachDatabase('a code that is not given', (bench) => {
  let room: OrderRoom;
  let pay: ServiceProcess;

  test.before(async () => {
    const PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    pay = await ServiceProcess.start('pay-service', { ...merchant, PAY_RPC });
    room = await OrderRoom.open(bench, { env: { PAY_RPC } });
  });
  test.after(async () => {
    await room.close();
    await pay.stop();
  });

  const tried = async (user_id: string, code_url: string | null, err_code?: string) => {
    const found = await room.get(CodeClaims).searchPayLog({ user_id, out_trade_no: null });
    assert.ok(found.state === 'claimed', found.state);
    const { out_trade_no, attempt } = found;
    const no = err_code === undefined ? null : { err_code, err_code_des: '原因' };
    const end = { out_trade_no, attempt, code_url, no };
    await room.get(CodeClaims).keepCode(no ? end : { ...end, why: 'HTTP 502' });
  };

  test('a wrong request is made anew, until there is a code', async () => {
    const { out_trade_no } = await room.checkout('mistyped');
    const isFrozenAfter = async (code_url: string | null, err_code?: string) => {
      const past = { refused_until_time: null, code_expire_time: new Date(0) };
      await tried('mistyped', code_url, err_code);
      await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, past));
      return (await room.payLog(out_trade_no)).native_request !== null;
    };
    assert.equal(await isFrozenAfter(null, 'NOAUTH'), true);
    assert.equal(await isFrozenAfter(null, 'PARAM_ERROR'), false);
    assert.equal(await isFrozenAfter('weixin://opened'), true);
    assert.equal(await isFrozenAfter(null, 'PARAM_ERROR'), true);
  });

  test('given at last, it leaves the same in the row as one that is given at once', async () => {
    /** What stands in the row with its code: moments, and whose it is, differ. */
    const givenAfter = async (user_id: string, failed: number) => {
      const { out_trade_no } = await room.checkout(user_id);
      for (let time = 0; time < failed; time += 1) await tried(user_id, null);
      await tried(user_id, 'weixin://code');
      const { order_list, native_request, ...row } = await room.payLog(out_trade_no);
      return Object.entries(row).map(([name, value]) => [
        name,
        value instanceof Date ? 'a moment' : value === out_trade_no || value === user_id || value,
      ]);
    };
    const [atOnce, atLast] = [await givenAfter('prompt', 0), await givenAfter('late', 1)];
    assert.ok(atOnce.some(([name, value]) => name === 'first_code_time' && value === 'a moment'));
    assert.deepEqual(atLast, atOnce);
  });

  test('unknown, it is an operator’s after an hour, once, whatever queries say', async () => {
    const { out_trade_no } = await room.checkout('unknown');
    const since = async (code_unknown_time: Date | null) => {
      await room.database.statements((m) =>
        m.update(PayLogRow, { out_trade_no }, { code_unknown_time }),
      );
      await tried('unknown', null);
      const alive = { is: 'alive', state: 'NOTPAY' } as const;
      await room.get(PaymentBook).act(await room.payLog(out_trade_no), alive);
      return (await room.payLog(out_trade_no)).code_unknown_time;
    };
    const hours = (many: number) => new Date(Date.now() + many * 3_600_000);
    assert.ok(await since(null));
    const almost = hours(-0.9);
    assert.deepEqual(await since(almost), almost);
    assert.ok(Number(await since(hours(8))) <= Date.now(), 'a clock was set back');
    assert.equal(await room.database.statements((m) => m.countBy(AnomalyRow, { out_trade_no })), 0);
    for (const long of [hours(-1), hours(-2)]) await since(long);
    const told = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    assert.deepEqual(
      told.map(({ kind, err_code_des }) => [kind, err_code_des]),
      [['lasting-unknown', 'HTTP 502']],
    );
    await tried('unknown', 'weixin://at-last');
    assert.equal((await room.payLog(out_trade_no)).code_unknown_time, null);
    const [ended] = await room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
    assert.deepEqual([ended?.state, ended?.note], ['RESOLVED', 'known again: code.given']);
  });
});
