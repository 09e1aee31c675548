import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { signedXml } from '../../../../test/support/notice';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { merchant } from '../../../../test/support/system';
import { until } from '../../../../test/support/until';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { OperatorService } from '../operator/operator.service';
import { Bell } from '../redis/bell';
import { RefundBook } from '../refunds/refund-book';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { Examination } from './examination';
import { PayClient } from './pay-client';
import { PaymentBook } from './payment-book';
import { Settlement } from './settlement';

const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id } = merchant;

/** A WeChat that says about every payment what a test wants it to say, and signs it. */
class Oracle {
  says: Record<string, string> = {};

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Oracle> {
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const [, out_trade_no = ''] = /<out_trade_no>(?:<!\[CDATA\[)?([0-9]+)/.exec(body) ?? [];
      const ok = { return_code: 'SUCCESS', result_code: 'SUCCESS' };
      const fields = { ...ok, appid, mch_id, nonce_str: 'n', out_trade_no, ...oracle.says };
      response.end(signedXml(merchant, fields));
    });
    const oracle = new Oracle(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return oracle;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

onEachDatabase('what WeChat says of a payment', (bench) => {
  let oracle: Oracle;
  let pay: ServiceProcess;
  let room: OrderRoom;

  test.before(async () => {
    oracle = await Oracle.open();
    const PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    const env = { ...merchant, PAY_RPC, WECHAT_API_URL: oracle.url };
    pay = await ServiceProcess.start('pay-service', env);
    room = await OrderRoom.open(bench, { env: { PAY_RPC } });
  });
  test.after(async () => {
    await room.close();
    await pay.stop();
    oracle.close();
  });

  /** A payment that has a code, so that WeChat is asked about it. */
  const asked = async () => {
    const { out_trade_no } = await room.checkout();
    const payment = { out_trade_no, total_fee: 6_810, expire_time: null };
    const create_time = new Date().toISOString();
    const request = await room.get(PayClient).prepareNative({
      ...{ ...payment, create_time },
      now: create_time,
    });
    const native_request = JSON.stringify(request);
    await room.database.statements((m) =>
      m.update(PayLogRow, { out_trade_no }, { native_request }),
    );
    return out_trade_no;
  };
  const look = async (out_trade_no: string, says: Record<string, string>) => {
    oracle.says = says;
    await room.get(Examination).examine(await room.payLog(out_trade_no));
    return room.payLog(out_trade_no);
  };
  const anomalies = (out_trade_no: string) =>
    room.database.statements((m) => m.findBy(AnomalyRow, { out_trade_no }));
  const paid = {
    trade_state: 'SUCCESS',
    transaction_id: '4200000001202611250000000001',
    total_fee: '6810',
    time_end: '20261125120000',
  };

  test('a word that nobody knows keeps the payment open, and the timeline has it', async () => {
    const out_trade_no = await asked();
    for (const trade_state of ['SETTLING', 'success', '支付中'.repeat(20), '𠮷'.repeat(70)]) {
      for (let looks = 0; looks < 2; looks += 1) {
        const row = await look(out_trade_no, { trade_state });
        assert.equal(row.trade_state, '0');
        assert.ok(row.next_look_time);
        assert.ok(trade_state.startsWith(row.told_state ?? 'nothing'));
      }
    }
    const events = await room.database.statements((m) =>
      m.findBy(PayEventRow, { out_trade_no, kind: 'query.answered' }),
    );
    assert.equal(events.length, 4, 'what is said again is not written again');
    assert.equal((await look(out_trade_no, paid)).trade_state, '1');
  });

  if (bench.kind !== 'sqlite') {
    test('a clock that is hours ahead closes nothing that is young for the database', async (t) => {
      const out_trade_no = await asked();
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 8 * 3_600_000 });
      const early = await look(out_trade_no, { trade_state: 'NOTPAY' });
      assert.deepEqual([early.trade_state, early.close_wish_time], ['0', null]);
      const old = { create_time: new Date(0) };
      await room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, old));
      assert.ok((await look(out_trade_no, { trade_state: 'NOTPAY' })).close_wish_time);
    });
  }

  test('a payment that was closed during a look stays as whoever closed it left it', async () => {
    const otherMoney = { ...paid, total_fee: '1' };
    for (const says of [{ trade_state: 'NOTPAY' }, { trade_state: 'CLOSED' }, otherMoney]) {
      const out_trade_no = await asked();
      const before = await room.payLog(out_trade_no);
      await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
      const closed = await room.payLog(out_trade_no);
      const isOld = { ...before, create_time: new Date(0) };
      const transaction_id = `42${out_trade_no}`;
      oracle.says = { ...says, transaction_id };
      for (const stale of [before, isOld]) await room.get(Examination).examine(stale);
      const { misplaced_time, ...left } = await room.payLog(out_trade_no);
      assert.equal(misplaced_time !== null, says === otherMoney);
      assert.deepEqual({ ...left, misplaced_time: null }, { ...closed });
      const events = await room.database.statements((m) => m.findBy(PayEventRow, { out_trade_no }));
      const kinds = events.map(({ kind }) => kind);
      assert.ok(!kinds.includes('query.answered') && !kinds.includes('close.wished'), `${kinds}`);
    }
  });

  test('money that cannot be read is an operator’s until it can, and is never lost', async () => {
    for (const unreadable of [{ time_end: 'noon' }, { total_fee: '68.10' }, { time_end: '' }]) {
      const out_trade_no = await asked();
      for (let looks = 0; looks < 2; looks += 1) {
        const row = await look(out_trade_no, { ...paid, ...unreadable });
        assert.equal(row.trade_state, '0');
        assert.ok(row.next_look_time);
      }
      const [anomaly, ...others] = await anomalies(out_trade_no);
      assert.equal(anomaly?.kind, 'unreadable-money');
      assert.deepEqual(others, []);
      const transaction_id = `42${out_trade_no}`;
      assert.equal((await look(out_trade_no, { ...paid, transaction_id })).trade_state, '1');
    }
  });

  test('the same after the close: it is looked at again soon, and goes back', async () => {
    const out_trade_no = await asked();
    await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
    const row = await look(out_trade_no, { ...paid, time_end: 'noon' });
    assert.ok(Number(row.next_look_time) < Date.now() + 60_000);
    assert.equal((await anomalies(out_trade_no)).length, 1);
    const transaction_id = `42${out_trade_no}`;
    const late = await look(out_trade_no, { ...paid, transaction_id });
    assert.equal(late.transaction_id, transaction_id);
  });

  const hourMs = 3_600_000;
  const since = (out_trade_no: string, unknown_time: Date) =>
    room.database.statements((m) => m.update(PayLogRow, { out_trade_no }, { unknown_time }));
  const silent = { return_code: 'FAIL', return_msg: '系统繁忙' };

  test('what is unknown for an hour is an operator’s, once; a known answer ends it', async () => {
    for (const isClosed of [false, true]) {
      const out_trade_no = await asked();
      if (isClosed) await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
      const begun = (await look(out_trade_no, silent)).unknown_time;
      assert.ok(begun && Math.abs(Date.now() - begun.getTime()) < 60_000);
      const almost = new Date(Date.now() - hourMs + 60_000);
      await since(out_trade_no, almost);
      assert.deepEqual((await look(out_trade_no, silent)).unknown_time, almost);
      assert.deepEqual(await anomalies(out_trade_no), []);
      await since(out_trade_no, new Date(Date.now() - hourMs));
      for (let looks = 0; looks < 2; looks += 1) await look(out_trade_no, silent);
      const told = (await anomalies(out_trade_no)).map((one) => [one.kind, one.err_code_des]);
      assert.deepEqual(told, [['lasting-unknown', 'unknown: FAIL: 系统繁忙']]);
      assert.equal((await look(out_trade_no, { trade_state: 'NOTPAY' })).unknown_time, null);
      const [ended] = await anomalies(out_trade_no);
      assert.deepEqual([ended?.state, ended?.note], ['RESOLVED', 'known again: NOTPAY']);
    }
  });

  test('resolved, and unknown for another hour: it is the operator’s again', async () => {
    const out_trade_no = await asked();
    const state = async () => {
      const [anomaly, ...others] = await anomalies(out_trade_no);
      assert.deepEqual(others, []);
      return [anomaly?.state, anomaly?.err_code_des];
    };
    await since(out_trade_no, new Date(Date.now() - 2 * hourMs));
    await look(out_trade_no, silent);
    const [{ anomaly_id = '' } = {}] = await anomalies(out_trade_no);
    const command = { anomaly_id, user_id: 'eve', note: '已联系微信' };
    for (const resolvedMs of [-hourMs, 8 * hourMs]) {
      await room.get(OperatorService).resolveAnomaly(command);
      await look(out_trade_no, silent);
      assert.equal((await state())[0], 'RESOLVED');
      const resolved_time = new Date(Date.now() + resolvedMs);
      await room.database.statements((m) =>
        m.update(AnomalyRow, { anomaly_id }, { resolved_time }),
      );
      // Nobody knows anew, and not for an hour yet.
      await since(out_trade_no, new Date());
      await look(out_trade_no, silent);
      assert.equal((await state())[0], 'RESOLVED');
      await since(out_trade_no, new Date(Date.now() - 2 * hourMs));
      await look(out_trade_no, { return_code: 'FAIL', return_msg: '签名错误' });
      assert.deepEqual(await state(), ['OPEN', 'unknown: FAIL: 签名错误']);
      await look(out_trade_no, silent);
      assert.deepEqual(await state(), ['OPEN', 'unknown: FAIL: 签名错误']);
    }
  });

  test('a wish to close is rung, so that no page goes on inviting to pay', async () => {
    const out_trade_no = await asked();
    const rung: string[] = [];
    const heard = room
      .get(Bell)
      .watchSettled()
      .subscribe((ring) => ring.kind === 'settled' && rung.push(ring.out_trade_no));
    const row = await room.payLog(out_trade_no);
    for (let times = 0; times < 2; times += 1) {
      await room.get(PaymentBook).wishClosed(row, 'shopper');
    }
    await until('the bell', () => rung.length > 0).finally(() => heard.unsubscribe());
    assert.deepEqual(rung, [out_trade_no]);
  });

  test('a close ends what was unknown before it', async () => {
    const out_trade_no = await asked();
    await since(out_trade_no, new Date(Date.now() - hourMs));
    const closed = await look(out_trade_no, { trade_state: 'CLOSED' });
    assert.deepEqual([closed.trade_state, closed.unknown_time], ['2', null]);
  });

  test('a clock that was set back makes no unknown answer older or younger', async () => {
    const out_trade_no = await asked();
    await since(out_trade_no, new Date(Date.now() + 8 * hourMs));
    const row = await look(out_trade_no, silent);
    assert.ok(row.unknown_time && row.unknown_time.getTime() <= Date.now(), 'counted from now');
    assert.deepEqual(await anomalies(out_trade_no), []);
  });

  test('a look without a question leaves alone what is unknown', async () => {
    const { out_trade_no } = await room.checkout();
    const begun = new Date(Date.now() - 2 * hourMs);
    await since(out_trade_no, begun);
    assert.deepEqual((await look(out_trade_no, {})).unknown_time, begun);
    assert.deepEqual(await anomalies(out_trade_no), []);
  });

  test('a closed payment whose late money is back is looked at for two days only', async () => {
    const out_trade_no = await asked();
    await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
    const transaction_id = `42${out_trade_no}`;
    await look(out_trade_no, { ...paid, transaction_id });
    const out_refund_no = `${out_trade_no}-${transaction_id}`;
    const rows = () => room.database.statements((m) => m.findBy(RefundRow, { out_trade_no }));
    const [refund, ...others] = await rows();
    assert.deepEqual([refund?.out_refund_no, others], [out_refund_no, []]);
    const succeeded = { is: 'succeeded', refund_fee: 6_810 } as const;
    if (refund) await room.get(RefundBook).write(refund, succeeded);
    const events = () => room.database.statements((m) => m.countBy(PayEventRow, { out_trade_no }));
    const told = await events();
    const isBack = { ...paid, transaction_id, trade_state: 'REFUND' };
    const again = await look(out_trade_no, isBack);
    assert.equal(again.trade_state, '2');
    assert.ok(Number(again.next_look_time) > Date.now(), 'a second transaction may still come');
    const close_wish_time = new Date(Date.now() - 2 * 86_400_000);
    await room.database.statements((m) =>
      m.update(PayLogRow, { out_trade_no }, { close_wish_time }),
    );
    assert.equal((await look(out_trade_no, isBack)).next_look_time, null);
    assert.equal(await events(), told, 'what is told again is not written again');
    assert.equal((await rows()).length, 1);
  });
});
