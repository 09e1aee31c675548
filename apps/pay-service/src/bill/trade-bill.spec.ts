import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BillRow } from '@saoma/contracts/bills';
import { golden } from '../spec-kit';
import { Asked } from './asked';
import {
  aBill,
  aPayment,
  aRefund,
  columns,
  goldenBill,
  paymentColumns,
  type Row,
  rows,
  sums,
  totals,
} from './bill-spec-kit';

const ofG28 = new Asked('2026-09-30', '10000100');

describe('the bill of the vectors', () => {
  test('has the sums that its last line says, in fen', async () => {
    const { fen } = goldenBill;
    assert.deepEqual(await totals(goldenBill.plain), {
      rows: fen.count,
      order_fee: fen.order,
      refund_fee: fen.requestedRefund,
      settlement_fee: fen.settlement,
      settlement_refund_fee: fen.refund,
      coupon_refund_fee: fen.couponRefund,
      service_fee: fen.fee,
    });
  });

  test('is read row by row: a payment, a part of it back, one on its way', async () => {
    const all = await rows(goldenBill.plain);
    assert.equal(all.length, 6);
    for (const row of all) assert.deepEqual(BillRow.parse(row), row);
    const [payment, refund, , , pending] = all;
    assert.deepEqual(payment, {
      type: 'payment',
      time: '2026-10-11T09:12:31+08:00',
      transaction_id: '4200003140202610110000000001',
      out_trade_no: '20261011T091200-0001',
      trade_type: 'NATIVE',
      refund_id: null,
      out_refund_no: null,
      fee: 2500,
      settlement_fee: 2500,
      coupon_fee: 500,
      state: 'SUCCESS',
      service_fee: 15,
      fee_type: 'CNY',
    });
    assert.deepEqual(refund, {
      ...payment,
      type: 'refund',
      time: '2026-10-11T11:40:05+08:00',
      refund_id: '50303605812026101100000000001',
      out_refund_no: 'R20261011-0001',
      fee: 1000,
      settlement_fee: 1000,
      coupon_fee: 200,
      service_fee: -6,
    });
    assert.deepEqual([pending?.type, pending?.state, pending?.fee], ['refund', 'PROCESSING', 800]);
  });

  test('says the same with a raw comma in a name, and G28 is read as well', async () => {
    assert.deepEqual(await rows(goldenBill.withRawComma), await rows(goldenBill.plain));
    const { rows: count, order_fee, refund_fee, service_fee } = await totals(golden('G28'), ofG28);
    assert.deepEqual([count, order_fee, refund_fee, service_fee], [3, 104, 1, 1]);
  });
});

describe('what is spelled otherwise is read alike', () => {
  const payment = aPayment();
  const usual = aBill([payment, aRefund()]);

  async function same(file: Buffer) {
    assert.deepEqual(await rows(file), await rows(usual));
    assert.deepEqual(await totals(file), await totals(usual));
  }

  test('no byte order mark, line feeds alone, no end of the last line', async () => {
    await same(usual.subarray(3));
    await same(Buffer.from(usual.toString().replaceAll('\r', '')));
    await same(usual.subarray(0, -2));
    await same(Buffer.concat([usual, Buffer.from('\r\n')]));
  });

  test('columns in another order, and one more that nobody knows', async () => {
    const file = aBill([payment, aRefund()], { names: ['新列', ...[...columns].reverse()] });
    await same(file);
  });

  test('loose sums, and sums that are missing', async () => {
    const last = { 总交易单数: '2.0', 订单总金额: '1.010', 充值券退款总金额: '2' };
    await same(aBill([payment, aRefund()], { last }));
    await same(aBill([payment, aRefund()], { sumNames: { 订单总金额: '订单金额' } }));
  });

  test('names that look like the ends of fields', async () => {
    const names = { 商品名称: '苹果,`香蕉,`', 商户数据包: '`,``0,`1.00' };
    const [row] = await rows(aBill([aPayment(names)]));
    assert.deepEqual(row, (await rows(usual))[0]);
  });

  test('colons of full width', async () => {
    const [row] = await rows(aBill([aPayment({ 交易时间: '2026-10-11 13：30：00' })]));
    assert.equal(row?.time, '2026-10-11T13:30:00+08:00');
  });
});

describe('other forms', () => {
  test('a bill of payments alone, with four sums or with all', async () => {
    const four = { 应结订单总金额: '应结订单金额', 手续费总金额: '手续费', 订单总金额: '订单金额' };
    for (const sumNames of [four, sums]) {
      const file = aBill([aPayment()], { names: paymentColumns, sumNames });
      assert.deepEqual(await rows(file), await rows(aBill([aPayment()])));
    }
  });

  test('a bill of refunds alone, with its times', async () => {
    const names = [...columns.slice(0, 14), '退款申请时间', '退款成功时间', ...columns.slice(14)];
    assert.deepEqual(await rows(aBill([aRefund()], { names })), await rows(aBill([aRefund()])));
  });

  test('the form before 2018: 24 columns, five sums', async () => {
    const old: Row = {
      特约商户号: '子商户号',
      订单金额: '总金额',
      代金券金额: '企业红包金额',
      充值券退款金额: '企业红包退款金额',
    };
    const gone = ['应结订单金额', '申请退款金额', '费率备注'];
    const names = columns.filter((name) => !gone.includes(name)).map((name) => old[name] ?? name);
    const renamed = (row: Row) =>
      Object.fromEntries(Object.entries(row).map(([name, text]) => [old[name] ?? name, text]));
    const sumNames = {
      总交易额: '总金额',
      总退款金额: '退款金额',
      总企业红包退款金额: '企业红包退款金额',
      手续费总金额: '手续费',
    };
    assert.equal(names.length, 24);
    const file = aBill([aPayment(), aRefund()].map(renamed), { names, sumNames });
    assert.deepEqual(await rows(file), await rows(aBill([aPayment(), aRefund()])));
    const { order_fee, refund_fee } = await totals(file);
    assert.deepEqual([order_fee, refund_fee], [101, 1000]);
  });

  test('a row of another kind is told with its word', async () => {
    const [row] = await rows(aBill([aRefund({ 交易状态: 'REVOKED' })]));
    assert.deepEqual([row?.type, row?.state, row?.fee], ['other', 'REVOKED', 1000]);
    const [odd] = await rows(aBill([aPayment({ 交易状态: '转入' })]));
    assert.deepEqual([odd?.type, odd?.state, odd?.fee], ['other', '转入', 101]);
  });

  test('fees with parts of a fen are summed before they are rounded', async () => {
    const file = aBill([aPayment({ 手续费: '0.00400' }), aPayment({ 手续费: '0.00400' })]);
    assert.equal((await totals(file)).service_fee, 1);
    assert.deepEqual(
      (await rows(file)).map(({ service_fee }) => service_fee),
      [0, 0],
    );
  });
});

describe('a row within a minute of midnight may be of the day, and no other may', () => {
  const within = ['2026-10-10 23:59:00', '2026-10-11 00:00:00', '2026-10-12 00:00:59'];
  const without = ['2026-10-10 23:58:59', '2026-10-12 00:01:00', '2025-10-11 12:00:00'];
  for (const 交易时间 of [...within, ...without]) {
    test(`a payment and a refund at ${交易时间}`, async () => {
      for (const row of [aPayment({ 交易时间 }), aRefund({ 交易时间 })]) {
        const told = totals(aBill([aPayment(), row]));
        if (within.includes(交易时间)) await told;
        else await assert.rejects(told, /and not of 2026-10-11/);
      }
      await totals(aBill([aRefund({ 交易状态: 'REVOKED', 交易时间 })]));
    });
  }
});

describe('a file that is not whole is refused, with the reason', () => {
  const good = aBill([aPayment(), aRefund()]);
  const text = good.toString();
  const cut = (from: string) => Buffer.from(text.slice(0, text.lastIndexOf(from)));
  const refused: [string, Buffer, RegExp][] = [
    ['nothing', Buffer.alloc(0), /cut/],
    ['a byte order mark', good.subarray(0, 3), /names of its columns|cut/],
    ['cut behind a row', cut('总交易单数'), /ends without its sums/],
    ['cut in a row', cut(',`CNY'), /fields/],
    ['cut in its sums', cut(',`'), /fields/],
    ['without its first line', Buffer.from(text.slice(text.indexOf('`'))), /begin/],
    ['its first line twice', Buffer.from(text.replace(/(.*\r\n)/, '$1$1')), /behind its sums/],
    ['a second bill behind it', Buffer.concat([good, good.subarray(3)]), /behind its sums/],
    ['a row less', Buffer.from(text.replace(/\n`.*\r/, '')), /1 rows, and its last line/],
    ['a sum too high', aBill([aPayment()], { last: { 订单总金额: '1.02' } }), /订单总金额/],
    ['a sum that is none', aBill([aPayment()], { last: { 退款总金额: '-' } }), /退款总金额/],
    ['a count that is none', aBill([aPayment()], { last: { 总交易单数: '' } }), /another number/],
    ['two columns of one name', aBill([aPayment()], { names: [...columns, '商户号'] }), /one name/],
    ['no numbers', aBill([aPayment()], { names: ['交易时间', '订单金额'] }), /no column 微信/],
    ['an empty line among the rows', Buffer.from(text.replace('\r\n`', '\r\n\r\n`')), /fields/],
    ['many empty lines', Buffer.concat([good, Buffer.alloc(100, '\n')]), /behind its sums/],
    ['a web page', Buffer.from('<html>\n<body>\n</body>\n</html>\n'), /names too many/],
    ['an amount that is none', aBill([aPayment({ 代金券金额: '1e2' })]), /代金券金额/],
    ['parts of a fen', aBill([aPayment({ 订单金额: '1.011' })]), /订单金额 is no amount/],
    ['below nothing', aBill([aRefund({ 退款金额: '-1.00' })]), /退款金额/],
    ['of another merchant', aBill([aPayment({ 商户号: '1' })]), /merchant 1, and not of 19/],
    ['a time that is none', aBill([aPayment({ 交易时间: '2026-02-30 10:00:00' })]), /no time/],
    ['a number that is too long', aBill([aPayment({ 商户订单号: '1'.repeat(65) })]), /too long/],
  ];
  for (const [name, file, why] of refused) {
    test(name, () => assert.rejects(totals(file), (error: Error) => why.test(error.message)));
  }
});
