import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, useNestLog } from '@saoma/platform/log';
import { freePort } from '../../../test/support/ports';
import { ServiceProcess } from '../../../test/support/processes';
import { merchant } from '../../../test/support/system';
import { until } from '../../../test/support/until';
import { CatalogueService } from './catalogue/catalogue.service';
import { Clock } from './clock/clock';
import { DueWork } from './clock/due-work';
import type { Database } from './database/database';
import { IdWorker } from './ids/id-worker';
import { WorkerLeaseKeeper } from './ids/worker-lease';
import { DeliveryRow } from './ledger/delivery.entity';
import { PayEventRow } from './ledger/pay-event.entity';
import { CodeClaims } from './payments/code-claims';
import { PaymentService } from './payments/payment.service';
import { Settlement } from './payments/settlement';
import { RefundService } from './refunds/refund.service';
import { onCluster } from './schema/cluster.spec-kit';
import { money, OrderRoom } from './spec-kit';

const rounds = 8;

/** Rows are locked on one node only: of what is done on two at once the cluster refuses one. */
onCluster('order services that write to a node each', (bench) => {
  useNestLog(createLog('spec', 'silent'));
  let databases: readonly [Database, Database, Database];
  let rooms: readonly [OrderRoom, OrderRoom];
  let pay: ServiceProcess;
  /** Four at once, two at each. */
  const onBoth = <T>(work: (room: OrderRoom) => Promise<T>) =>
    Promise.all([...rooms, ...rooms].map(work));

  test.before(async () => {
    const PAY_RPC = `tcp://127.0.0.1:${await freePort()}`;
    const silent = { WECHAT_API_URL: 'http://127.0.0.1:1' };
    pay = await ServiceProcess.start('pay-service', { ...merchant, ...silent, PAY_RPC });
    databases = await bench.threeWays();
    const [first, second] = databases;
    const room = await OrderRoom.on(first, { PAY_RPC });
    await room.get(Clock).stop();
    await room.get(CatalogueService).addDemoItems();
    rooms = [room, await room.instance(2, second)];
  });
  test.after(async () => {
    for (const room of rooms) await room.close();
    await pay.stop();
  });

  test('what one has committed the other one reads, however late it is written there', async () => {
    const [here, there] = rooms;
    const [, node] = bench.galera.nodes;
    const letGo = await node.holdBack();
    const { out_trade_no } = await here.checkout('reader');
    const wanted = { out_trade_no, user_id: 'reader', operator: false };
    const read = there.get(PaymentService).getRow(wanted);
    const sql = `SELECT * FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`;
    assert.deepEqual(await node.query(sql, { database: bench.name }), [], 'it is not there yet');
    await letGo();
    assert.equal((await read).out_trade_no, out_trade_no);
  });

  test('money that both are told of settles once', async () => {
    for (let count = 0; count < rounds; count += 1) {
      const { out_trade_no } = await rooms[0].checkout();
      const news = money(out_trade_no);
      const told = await onBoth((room) => room.get(Settlement).updateOrderStatus(news, 'notice'));
      assert.deepEqual(told.sort(), ['already', 'already', 'already', 'settled']);
      const where = { out_trade_no, kind: 'payment.paid' } as const;
      const paid = await rooms[1].database.statements((m) => m.countBy(PayEventRow, where));
      assert.equal(paid, 1);
    }
  });

  test('refunds that both are asked for never give back more than was paid', async () => {
    const { out_trade_no } = await rooms[0].checkout();
    await rooms[1].get(Settlement).updateOrderStatus(money(out_trade_no), 'notice');
    const refund = (room: OrderRoom, key: string, refund_fee: number) =>
      room.get(RefundService).refundPayment({
        ...{ user_id: 'op', out_trade_no, refund_fee, reason: 'broken', idempotency_key: key },
      });
    const [one, ...repeats] = await onBoth((room) => refund(room, 'same', 1_000));
    for (const repeat of repeats) assert.deepEqual(repeat, one);
    let keys = 0;
    const each = async (room: OrderRoom) => {
      keys += 1;
      return refund(room, `key-${keys}`, 2_000).catch((error) => error.code);
    };
    const made = [...(await onBoth(each)), ...(await onBoth(each))];
    const refused = made.filter((answer) => answer === 'refund/too-much');
    assert.equal(made.length - refused.length, 2);
    const { reserved_fee } = await rooms[0].payLog(out_trade_no);
    assert.equal(reserved_fee, 5_000);
  });

  test('of a crowd at both one asks WeChat for the code of a payment', async () => {
    for (let count = 0; count < rounds; count += 1) {
      const user_id = `crowd-${count}`;
      const { out_trade_no } = await rooms[0].checkout(user_id);
      const told = await onBoth((room) =>
        room.get(CodeClaims).searchPayLog({ user_id, out_trade_no }),
      );
      const states = told.map(({ state }) => state).sort();
      assert.deepEqual(states, ['claimed', 'wait', 'wait', 'wait']);
    }
  });

  test('each piece of due work is begun at one', async () => {
    const [database] = databases;
    const sent: DeliveryRow[] = [];
    const send = async () => {
      const more = Array.from(
        { length: 300 },
        (_, number): DeliveryRow => ({
          ...{ event_id: `${5_000 + sent.length + number}`, out_trade_no: '1' },
          ...{ type: 'order.paid', payload: '{}', state: 'PENDING', tries: 0 },
          ...{ create_time: new Date(), last_error: null, next_try_time: new Date(0) },
        }),
      );
      sent.push(...more);
      await database.statements((manager) => manager.insert(DeliveryRow, more));
    };
    await send();
    const begun: string[][] = databases.map(() => []);
    const works = databases.map((each, index) => {
      const work = async ({ event_id }: DeliveryRow) => {
        begun[index]?.push(event_id);
        await each.statements((m) => m.update(DeliveryRow, { event_id }, { state: 'DELIVERED' }));
      };
      const limits = { tickMs: 5, inFlightMax: 5, startsPerSecondMax: 10_000 };
      return new DueWork(each, {
        ...{ name: 'deliveries', table: DeliveryRow, key: 'event_id', due: 'next_try_time' },
        ...{ where: { state: 'PENDING', out_trade_no: '1' }, ...limits, work },
      });
    });
    for (const work of works) work.start();
    await until('all to be done, and some of it by each', async () => {
      if (begun.flat().length < sent.length) return false;
      // Whoever has lost at a commit again and again rests, and the others are done meanwhile.
      const isShared = begun.every((each) => each.length > 0);
      if (!isShared) await send();
      return isShared;
    });
    await Promise.all(works.map((work) => work.stop()));
    assert.equal(new Set(begun.flat()).size, begun.flat().length);
    assert.ok(begun.every((each) => each.length > 0));
  });

  test('no worker number is leased by two', async () => {
    const ids = Array.from({ length: 12 }, () => new IdWorker());
    const keepers = ids.map(
      (each, index) => new WorkerLeaseKeeper(databases[index % 3] ?? databases[0], each),
    );
    await Promise.all(keepers.map((keeper) => keeper.start(undefined)));
    const workers = ids.map((each) => (BigInt(each.nextId()) >> 12n) & 1023n);
    assert.equal(new Set(workers).size, ids.length);
    for (const keeper of keepers) keeper.stop();
  });
});
