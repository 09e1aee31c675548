import assert from 'node:assert/strict';
import test from 'node:test';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { RefundService } from './refund.service';
import { RefundAdoption } from './refund-adoption';
import { RefundBook } from './refund-book';

const user_id = 'shopper';

onEachDatabase('refunds of orders', (bench) => {
  let room: OrderRoom;
  let keys = 0;

  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  /** Two orders, of 5990 and 820 fen, that are paid. */
  async function bought() {
    const { out_trade_no, order_ids } = await room.checkout(user_id);
    const paid = money(out_trade_no);
    await room.get(Settlement).updateOrderStatus(paid, 'notice');
    const [tea = '', rice = ''] = order_ids;
    return { out_trade_no, tea, rice, paid };
  }
  const refund = (out_trade_no: string, refund_fee: number, change: object = {}) => {
    keys += 1;
    const command = { user_id: 'op', out_trade_no, refund_fee, reason: 'broken' };
    return room
      .get(RefundService)
      .refundPayment({ ...command, idempotency_key: `of-order-${keys}`, ...change });
  };
  const row = (out_refund_no: string) =>
    room.database.statements((manager) => manager.findOneByOrFail(RefundRow, { out_refund_no }));
  const comes = async ({
    out_refund_no,
    refund_fee,
  }: Pick<RefundRow, 'out_refund_no' | 'refund_fee'>) =>
    room.get(RefundBook).write(await row(out_refund_no), { is: 'succeeded', refund_fee });
  const fails = async ({ out_refund_no }: { out_refund_no: string }) =>
    room.get(RefundBook).write(await row(out_refund_no), { is: 'closed', why: 'REFUNDCLOSE' });
  /** What the shopper sees of the orders in turn; all of them together are the payment's. */
  async function seen(out_trade_no: string): Promise<(number | undefined)[]> {
    const asked = { user_id, operator: false, out_trade_no, cursor: null, limit: 100 };
    const { orders } = await room.orders.listOrders(asked);
    const fees = orders.reverse().map(({ refund_fee }) => refund_fee);
    for (const { order_id, refund_fee } of orders) {
      const one = await room.orders.getOrder({ user_id, operator: false, order_id });
      assert.equal(one.refund_fee, refund_fee);
    }
    const { refund_fee, trade_state } = await room.payLog(out_trade_no);
    const sum = fees.reduce<number>((total, fee = 0) => total + fee, 0);
    assert.equal(sum, trade_state === '2' ? 0 : refund_fee);
    return fees;
  }
  const tooMuch = { code: 'refund/too-much' };

  test('of a named order at most what it cost goes back, also with others in between', async () => {
    const { out_trade_no, tea, rice } = await bought();
    assert.deepEqual(await seen(out_trade_no), [0, 0]);
    await assert.rejects(refund(out_trade_no, 821, { order_id: rice }), {
      ...tooMuch,
      detail: '820 fen are left of the order',
    });
    assert.equal((await room.payLog(out_trade_no)).reserved_fee, 0);
    const ofRice = await refund(out_trade_no, 800, { order_id: rice });
    assert.equal(ofRice.order_id, rice);
    assert.deepEqual(await seen(out_trade_no), [0, 0], 'nothing is back yet');
    await comes(ofRice);
    assert.deepEqual(await seen(out_trade_no), [0, 800]);
    await assert.rejects(refund(out_trade_no, 21, { order_id: rice }), tooMuch);
    await comes(await refund(out_trade_no, 20, { order_id: rice }));
    const ofAll = await refund(out_trade_no, 5_000);
    assert.equal(ofAll.order_id, undefined);
    await comes(ofAll);
    assert.deepEqual(await seen(out_trade_no), [5_000, 820]);
    await assert.rejects(refund(out_trade_no, 991, { order_id: tea }), tooMuch);
    await comes(await refund(out_trade_no, 990));
    assert.deepEqual(await seen(out_trade_no), [5_990, 820]);
  });

  test('without a name it counts into the orders in turn, as far as they have some', async () => {
    const { out_trade_no, tea, rice } = await bought();
    await comes(await refund(out_trade_no, 6_000));
    assert.deepEqual(await seen(out_trade_no), [5_990, 10]);
    await assert.rejects(refund(out_trade_no, 1, { order_id: tea }), tooMuch);
    await comes(await refund(out_trade_no, 810, { order_id: rice }));
    assert.deepEqual(await seen(out_trade_no), [5_990, 820]);
  });

  test('one that fails gives the room of its order back, and moves no other', async () => {
    const { out_trade_no, tea } = await bought();
    const whole = await refund(out_trade_no, 5_990, { order_id: tea });
    await assert.rejects(refund(out_trade_no, 1, { order_id: tea }), tooMuch);
    await comes(await refund(out_trade_no, 100));
    assert.deepEqual(await seen(out_trade_no), [0, 100]);
    await fails(whole);
    assert.deepEqual(await seen(out_trade_no), [0, 100]);
    await comes(await refund(out_trade_no, 5_990, { order_id: tea }));
    assert.deepEqual(await seen(out_trade_no), [5_990, 100]);
  });

  test('however many ask at once, no order gives more back than it cost', async () => {
    const { out_trade_no, rice } = await bought();
    const told = await Promise.allSettled(
      Array.from({ length: 10 }, () => refund(out_trade_no, 300, { order_id: rice })),
    );
    const made = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = told.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    assert.equal(made.length, 2);
    assert.deepEqual(new Set(refused), new Set(['refund/too-much']));
    for (const one of made) await comes(one);
    assert.deepEqual(await seen(out_trade_no), [0, 600]);
  });

  test('an order of another payment is not found, and a key is of one order', async () => {
    const { out_trade_no, tea, rice } = await bought();
    const other = await bought();
    for (const order_id of [other.tea, '1']) {
      await assert.rejects(refund(out_trade_no, 1, { order_id }), { code: 'order/not-found' });
    }
    await assert.rejects(refund('1', 1, { order_id: tea }), { code: 'payment/not-found' });
    const unpaid = await room.checkout(user_id);
    await assert.rejects(refund(unpaid.out_trade_no, 1, { order_id: unpaid.order_ids[0] }), {
      code: 'payment/not-paid',
    });
    const same = { idempotency_key: `key-of-${tea}`, order_id: tea };
    const first = await refund(out_trade_no, 100, same);
    assert.deepEqual(await refund(out_trade_no, 100, same), first);
    for (const order_id of [rice, undefined]) {
      const another = refund(out_trade_no, 100, { ...same, order_id });
      await assert.rejects(another, { code: 'idempotency/key-reused' });
    }
  });

  test('one made elsewhere counts in turn, and late or second money into no order', async () => {
    const { out_trade_no, rice, paid } = await bought();
    const second = money(out_trade_no);
    await room.get(Settlement).updateOrderStatus(second, 'notice');
    await comes({
      ...second,
      out_refund_no: `${out_trade_no}-${second.transaction_id}`,
      refund_fee: 6_810,
    });
    assert.deepEqual(await seen(out_trade_no), [0, 0]);
    const ofRice = await refund(out_trade_no, 820, { order_id: rice });
    const { transaction_id, total_fee } = paid;
    const there = { out_refund_no: `elsewhere-${out_trade_no}`, refund_id: '50000000001' };
    const known = {
      ...there,
      refund_fee: 5_900,
      money: { out_trade_no, transaction_id, total_fee },
    };
    const adopted = await room.get(RefundAdoption).adopt(known);
    assert.ok(adopted);
    await comes(adopted);
    assert.deepEqual(await seen(out_trade_no), [5_900, 0]);
    await comes(ofRice);
    assert.deepEqual(await seen(out_trade_no), [5_900, 820]);

    const late = await room.checkout(user_id);
    await room.get(Settlement).closeOrders(late.out_trade_no, 'closed by us');
    const lateMoney = money(late.out_trade_no);
    await room.get(Settlement).updateOrderStatus(lateMoney, 'notice');
    const out_refund_no = `${late.out_trade_no}-${lateMoney.transaction_id}`;
    await comes({ out_refund_no, refund_fee: 6_810 });
    assert.equal((await room.payLog(late.out_trade_no)).refund_fee, 6_810);
    assert.deepEqual(await seen(late.out_trade_no), [0, 0]);
  });

  test('one that WeChat has is ours if a wish of its number took the room meanwhile', async () => {
    const { out_trade_no, paid } = await bought();
    const { transaction_id, total_fee } = paid;
    const wished = await refund(out_trade_no, total_fee);
    const known = { ...wished, refund_id: '50000000003' };
    const adopted = await room
      .get(RefundAdoption)
      .adopt({ ...known, money: { out_trade_no, transaction_id, total_fee } });
    assert.equal(adopted?.out_refund_no, wished.out_refund_no);
    const of = { out_trade_no, kind: 'refund-elsewhere' } as const;
    const told = room.database.statements((manager) => manager.countBy(AnomalyRow, of));
    assert.equal(await told, 0);
  });

  test('one that WeChat has taken on keeps its room, whoever was refused before', async () => {
    const { out_trade_no, tea } = await bought();
    const { out_refund_no } = await refund(out_trade_no, 500, { order_id: tea });
    const unasked = await row(out_refund_no);
    const book = room.get(RefundBook);
    await book.write(unasked, { is: 'accepted', refund_id: '50000000002' });
    await book.write(unasked, { is: 'refused', err_code: 'NOTENOUGH', err_code_des: '' });
    await book.write(unasked, { is: 'closed', why: 'ERROR' });
    assert.equal((await room.payLog(out_trade_no)).reserved_fee, 500);
    await comes(await row(out_refund_no));
    assert.deepEqual(await seen(out_trade_no), [500, 0]);
  });

  test('an amount that WeChat had under our number is of no named order any more', async () => {
    const { out_trade_no, rice } = await bought();
    const { out_refund_no } = await refund(out_trade_no, 820, { order_id: rice });
    const book = room.get(RefundBook);
    await book.write(await row(out_refund_no), { is: 'other-amount', told_fee: 1_000 });
    await comes({ out_refund_no, refund_fee: 1_000 });
    assert.deepEqual(await seen(out_trade_no), [1_000, 0]);
    await refund(out_trade_no, 820, { order_id: rice });
  });

  test('refunds of a release that named no orders are shared out where they are read', async () => {
    const { out_trade_no, tea, rice } = await bought();
    for (const fee of [3_000, 3_000]) {
      const { out_refund_no } = await refund(out_trade_no, fee);
      const unknown = { order_id: null, order_fees: null };
      await room.database.statements((m) => m.update(RefundRow, { out_refund_no }, unknown));
      await comes({ out_refund_no, refund_fee: fee });
    }
    assert.deepEqual(await seen(out_trade_no), [5_990, 10]);
    await assert.rejects(refund(out_trade_no, 1, { order_id: tea }), tooMuch);
    await comes(await refund(out_trade_no, 810, { order_id: rice }));
    assert.deepEqual(await seen(out_trade_no), [5_990, 820]);
  });

  test('a gateway of the release before is told orders as it knows them', async () => {
    const { out_trade_no, tea } = await bought();
    await comes(await refund(out_trade_no, 10));
    const older = { user_id, order_id: tea };
    assert.equal('refund_fee' in (await room.orders.getOrder(older)), false);
    const { orders } = await room.orders.listOrders({ user_id, cursor: null, limit: 1 });
    assert.equal('refund_fee' in (orders[0] ?? {}), false);
  });

  test('when one has failed is told, but not to a gateway of the release before', async () => {
    const { out_trade_no } = await bought();
    const [first, second] = [await refund(out_trade_no, 10), await refund(out_trade_no, 20)];
    await fails(first);
    const list = async (more: object) => {
      const wanted = { user_id, operator: false, out_trade_no, ...more };
      return (await room.get(RefundService).listRefunds(wanted)).refunds;
    };
    const failed = { ...first, status: 'REFUNDCLOSE' };
    assert.deepEqual(await list({}), [second, failed]);
    const told = await list({ fail_time: true });
    const fail_time = told[1]?.fail_time ?? '';
    assert.deepEqual(told, [second, { ...failed, fail_time }]);
    assert.ok(fail_time >= second.create_time);
  });
});
