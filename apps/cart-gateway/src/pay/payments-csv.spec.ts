import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { aPayment, bearer, Scene } from '../spec-kit';
import { paymentsCsv } from './payments-csv';

const long = '281604172903043072';
const first = aPayment({
  ...{ out_trade_no: long, user_id: '=HYPERLINK("http://evil.example")', total_fee: 5 },
  ...{ create_time: '2026-11-25T16:00:00.999Z', order_list: '1,2', held: true },
});
const second = aPayment({
  ...{ out_trade_no: '7', user_id: '王小明, "二"', total_fee: 100_000_000, refund_fee: 2_909 },
  ...{ trade_state: 'REFUND', transaction_id: '4200002001202609300000000001' },
  ...{ create_time: '2026-11-26T01:02:03Z', pay_time: '2026-11-26T09:02:33+08:00' },
  ...{ merchant_order_no: '0042', closing: true },
});

/** An order service with so many payments in pages of one. */
async function scene(t: test.TestContext, pages: number) {
  const seen: object[] = [];
  const listPayments = (input: { cursor: string | null }) => {
    seen.push(input);
    const next = Number(input.cursor ?? 0) + 1;
    const payments = pages > 2 ? Array.from({ length: 100 }, () => second) : [];
    if (pages <= 2) payments.push(next === 1 ? first : second);
    return { payments, cursor: next < pages ? String(next) : null };
  };
  const running = await Scene.start(t, { order: { listPayments } });
  const headers = await bearer({ roles: ['auditor'] });
  const ask = (query: string) => running.ask('GET', `/api/payments${query}`, { headers });
  return { seen, ask };
}

test('a file that Excel opens has whole numbers, yuan, Chinese and no formula', async (t) => {
  const { seen, ask } = await scene(t, 2);
  const answer = await ask('?format=csv&trade_state=REFUND&q=x&limit=3');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; .*\.csv"$/);
  assert.equal(answer.headers.get('link'), null);
  const bytes = [
    '\ufeffout_trade_no,user_id,total_fee_yuan,refund_fee_yuan,trade_state,transaction_id,' +
      'create_time,pay_time,order_list,merchant_order_no,closing,held',
    `${long}\t,"'=HYPERLINK(""http://evil.example"")",0.05,0.00,NOTPAY,,` +
      '2026-11-26 00:00:00,,"1,2\t",,false,true',
    '7\t,"王小明, ""二""",1000000.00,29.09,REFUND,4200002001202609300000000001\t,' +
      `2026-11-26 09:02:03,2026-11-26 09:02:33,${second.order_list}\t,0042\t,true,false`,
    '',
  ].join('\r\n');
  // A reader of text takes the mark away.
  assert.equal(`\ufeff${answer.text}`, bytes);
  for (const [index, page] of seen.entries()) {
    const wanted = { trade_state: 'REFUND', q: 'x', limit: 100, cursor: index ? '1' : null };
    assert.deepEqual({ ...page, ...wanted, metadata: false }, page);
  }
  assert.equal((await ask('?format=xls')).status, 400);
  assert.equal((await ask('?format=json')).headers.get('content-type')?.split(';')[0], json);
});
const json = 'application/json';

test('a file has an end, as its button says, and says where the next one begins', async (t) => {
  const { ask } = await scene(t, 60);
  const answer = await ask('?format=csv&q=%E7%8E%8B');
  assert.equal(answer.text.split('\r\n').length, 5_002);
  const button = readFileSync('apps/cart-gateway/storefront/public/console/payments.html', 'utf8');
  assert.match(button, /As CSV \(newest 5,000 at most\)[\s\S]*最多 5000 笔，最新的在前/);
  const link = '</api/payments?format=csv&q=%E7%8E%8B&cursor=50>; rel="next"';
  assert.equal(answer.headers.get('link'), link);
  const next = await ask('?format=csv&q=%E7%8E%8B&cursor=50');
  assert.equal(next.text.split('\r\n').length, 1_002);
  assert.equal(next.headers.get('link'), null);
});

test('while a file is made no more than a page of payments is held', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const pages: WeakRef<object>[] = [];
  const held: number[] = [];
  const list = async (cursor: string | null) => {
    await new Promise(setImmediate);
    collect();
    held.push(pages.filter((page) => page.deref() !== undefined).length);
    const metadata = { table: '7' };
    pages.push(new WeakRef(metadata));
    const next = Number(cursor ?? 0) + 1;
    return { payments: [{ ...second, metadata }], cursor: next < 9 ? String(next) : null };
  };
  await paymentsCsv(list, null);
  assert.equal(held.length, 9);
  assert.ok(Math.max(...held) <= 1, held.join());
});
