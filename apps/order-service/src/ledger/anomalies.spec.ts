import assert from 'node:assert/strict';
import test from 'node:test';
import { onEachDatabase } from '../schema/spec-kit';
import { heardLines, OrderRoom } from '../spec-kit';
import { Anomalies, type News } from './anomalies';

const number = '281604172903043072';
const news: News = {
  out_trade_no: number,
  transaction_id: `${number}-op-1`,
  kind: 'refund-refused',
  total_fee: 100,
  fee_type: 'CNY',
  err_code: 'NOTENOUGH',
  err_code_des: '基本账户余额不足，请充值后重新发起',
};

onEachDatabase('the log of anomalies', (bench) => {
  let room: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  const report = (fails = false) =>
    room.database.transaction(async (manager) => {
      const isNew = await room.get(Anomalies).report(manager, news);
      if (fails) throw new Error('the transaction is undone');
      return isNew;
    });

  test('is one error with kind, numbers and WeChat’s words as fields, once written', async () => {
    const lines = heardLines(news.out_trade_no);
    await assert.rejects(report(true));
    assert.equal(lines.length, 0, 'nothing was written');
    assert.equal(await report(), true);
    assert.equal(await report(), false);
    const [line, ...others] = lines;
    const { kind, out_trade_no, err_code, err_code_des } = news;
    const told = { level: 50, kind, out_trade_no, out_refund_no: news.transaction_id };
    assert.deepEqual({ ...line, ...told, err_code, err_code_des }, line);
    assert.deepEqual(others, []);
  });

  test('that ends by itself is a line with kind and numbers, once written', async () => {
    const lines = heardLines(news.out_trade_no);
    const { kind, out_trade_no, transaction_id } = news;
    const ended = { out_trade_no, transaction_id, kinds: [kind] };
    const end = () =>
      room.database.transaction((m) => room.get(Anomalies).end(m, ended, 'it has come right'));
    for (let times = 0; times < 2; times += 1) await end();
    const [line, ...others] = lines;
    const told = { level: 30, kind, out_trade_no, out_refund_no: transaction_id };
    assert.deepEqual({ ...line, ...told, why: 'it has come right' }, line);
    assert.deepEqual(others, []);
  });
});
