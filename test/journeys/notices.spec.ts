import assert from 'node:assert/strict';
import { it } from 'node:test';
import { request } from 'undici';
import { bothDialects, inEachWay } from '../support/every-way';
import { type Hostile, hostileNotices } from '../support/hostile-notices';
import { ask } from '../support/http';
import { type NoticeFields, paymentNotice } from '../support/notice';
import { opened } from '../support/opened';
import type { Shopper } from '../support/shopper';
import { merchant, type System } from '../support/system';
import { trueNotice } from '../support/true-notice';
import { until } from '../support/until';
import { v3Key } from '../support/wechat';

const env = { 'order-service': { QUERY_INTERVAL_MS: '200' } };

function notify(system: System, body: string | Uint8Array, gateway = 0) {
  return ask('POST', `${system.url(gateway)}/pay/notify`, {
    body,
    headers: { 'content-type': 'text/xml' },
  });
}

const isAccepted = (reply: string) => /<return_code>(<!\[CDATA\[)?SUCCESS/.test(reply);
/** In XML, or in JSON if it is taken for a notice of APIv3. */
const isRefused = (reply: string) => /<return_code>(<!\[CDATA\[)?FAIL|"code":"FAIL"/.test(reply);

async function assertUnpaid(shopper: Shopper, out_trade_no: string, order_ids: string[]) {
  const payment = await shopper.payment(out_trade_no);
  assert.equal(payment.trade_state, 'NOTPAY');
  assert.equal(payment.transaction_id, null);
  for (const id of order_ids) assert.equal((await shopper.order(id)).status, '1');
}

/** What is not WeChat's word about this payment: how each text is made of a true notice. */
const forgeries: Record<string, (fields: NoticeFields) => string | Uint8Array> = {
  'signed with another key': (fields) =>
    paymentNotice({ ...merchant, WECHAT_KEY: 'f'.repeat(32) }, fields),
  'with its amount altered after signing': (fields) =>
    paymentNotice(merchant, fields).replaceAll('6810', '6811'),
  'without a signature': (fields) =>
    paymentNotice(merchant, fields).replace(/<sign>.*<\/sign>/, ''),
  'with an empty signature': (fields) =>
    paymentNotice(merchant, fields).replace(/<sign>.*<\/sign>/, '<sign></sign>'),
  'cut off in the middle': (fields) => paymentNotice(merchant, fields).slice(0, 300),
  'cut off before its last bracket': (fields) => paymentNotice(merchant, fields).slice(0, -1),
  "of another merchant's number": (fields) =>
    paymentNotice({ ...merchant, WECHAT_MCH_ID: '1900000999' }, fields),
  'of another appid': (fields) =>
    paymentNotice({ ...merchant, WECHAT_APPID: 'wxffffffffffffffff' }, fields),
  'that says FAIL': (fields) => paymentNotice(merchant, { ...fields, return_code: 'FAIL' }),
  'with the number given twice': (fields) =>
    paymentNotice(merchant, fields).replace(
      '</xml>',
      `<out_trade_no>${fields.out_trade_no}</out_trade_no></xml>`,
    ),
  'with a DOCTYPE': (fields) =>
    `<!DOCTYPE xml [<!ENTITY a "b">]>${paymentNotice(merchant, fields)}`,
  'with an attribute': (fields) =>
    paymentNotice(merchant, fields).replace('<total_fee>', '<total_fee a="b">'),
  'in JSON': (fields) => JSON.stringify(fields),
  'in bytes that are no text': () => Buffer.from([0xff, 0xfe, 0x00, 0x3c]),
  'that is empty': () => '',
};

/** Everything that a notice could change. */
async function rowsOf(system: System): Promise<string> {
  const tables = ['tb_paylog', 'tb_order', 'tb_refund', 'tb_anomaly', 'tb_pay_event'];
  const rows = await Promise.all(tables.map((table) => system.rows(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** Whatever stands in a notice of APIv3: what comes of it, and what our log says. */
function refusesHostileNotices(system: () => System): void {
  it('a hostile notice of APIv3 gets FAIL, changes nothing, is logged', async (t) => {
    const { out_trade_no } = await system()
      .shopper()
      .then((shopper) => shopper.buy());
    const before = await rowsOf(system());
    const said = new Set<string>();
    const lines: string[] = [];
    const send = ({ body, headers }: Pick<Hostile, 'body' | 'headers'>) =>
      request(`${system().url()}/pay/notify`, { method: 'POST', body, headers });
    for (const [how, { reason, ...notice }] of Object.entries(
      await hostileNotices(system().sandbox, { out_trade_no, total_fee: 6810 }),
    )) {
      await t.test(how, async () => {
        const { statusCode, body } = await send(notice);
        assert.equal(statusCode, 401);
        assert.deepEqual(await body.json(), { code: 'FAIL', message: '失败' });
        await until(`the log to say: ${reason}`, () => {
          for (const line of system().pays.flatMap(({ log }) => log)) {
            if (!line.includes('notice refused') || lines.includes(line)) continue;
            lines.push(line);
            said.add(JSON.parse(line).reason);
          }
          return said.has(reason);
        });
      });
    }
    assert.ok((await rowsOf(system())) === before, 'the rows are as before');
    for (const secret of [v3Key, merchant.WECHAT_KEY, 'oUpF8u', 'PRIVATE']) {
      assert.ok(!lines.join().includes(secret));
    }
    await t.test('and the true one is taken, whatever its content type, and once', async () => {
      const { sandbox } = system();
      const text = await trueNotice(
        { way: 'v3 public-key', sandbox },
        { out_trade_no, total_fee: 6810 },
      );
      for (const type of ['text/xml; charset=gbk', 'application/json', '']) {
        const headers = { ...text.headers, 'content-type': type };
        assert.equal((await send({ body: text.body, headers })).statusCode, 204);
      }
      const paid = `SELECT transaction_id FROM tb_paylog
        WHERE out_trade_no = '${out_trade_no}' AND trade_state = '1'`;
      assert.equal((await system().rows(paid)).length, 1);
    });
  });

  it('a larger notice of APIv3 is refused in its words', async () => {
    const answer = await request(`${system().url()}/pay/notify`, {
      method: 'POST',
      body: `{"id":"${'1'.repeat(65_536)}"}`,
      headers: { 'wechatpay-signature': 'AAAA' },
    });
    assert.equal(answer.statusCode, 413);
    assert.equal(Object(await answer.body.json()).code, 'FAIL');
  });
}

inEachWay('notices', { gateways: 2, env, ways: bothDialects }, (system, _stores, way) => {
  if (way !== 'v2') refusesHostileNotices(system);

  it('is answered with SUCCESS once it is settled, and again when it is repeated', async () => {
    const { shopper, out_trade_no, code_url } = await opened(system());
    await system().sandbox.pay(code_url);
    const payment = await shopper.paymentIn('SUCCESS', out_trade_no);
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await system().sandbox.notify(out_trade_no), true);
    }
    assert.deepEqual(await shopper.payment(out_trade_no), payment);
  });

  it('a payment whose notices are all lost is settled without any browser', async () => {
    const { shopper, out_trade_no, order_ids, code_url } = await opened(system());
    await system().sandbox.loseNotices(out_trade_no);
    await system().sandbox.pay(code_url);
    const settled = `SELECT status FROM tb_order WHERE status = '2'
      AND order_id IN (${order_ids.map((id) => `'${id}'`).join(', ')})`;
    await until('both orders to be paid', async () => (await system().rows(settled)).length === 2);
    const { notices } = await system().sandbox.trade(out_trade_no);
    assert.ok(notices.every(({ fault }) => fault === 'drop'));
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'SUCCESS');
  });

  it('a notice that is not WeChat’s gets FAIL and changes nothing', async (t) => {
    const { shopper, out_trade_no, order_ids } = await opened(system());
    for (const [how, forge] of Object.entries(forgeries)) {
      await t.test(how, async () => {
        const answer = await notify(system(), forge({ out_trade_no, total_fee: 6810 }));
        assert.ok(isRefused(answer.text), `${answer.status} ${answer.text}`);
        await assertUnpaid(shopper, out_trade_no, order_ids);
      });
    }
    await t.test('and the true one is taken', async () => {
      const notice = paymentNotice(merchant, { out_trade_no, total_fee: 6810 });
      assert.ok(isAccepted((await notify(system(), notice)).text));
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });
  });

  for (const kind of ['forged', 'other_merchant', 'altered_amount']) {
    it(`a notice that the sandbox spoils (${kind}) never pays`, async () => {
      const { shopper, out_trade_no, order_ids, code_url } = await opened(system());
      const match = { notice: 'pay', out_trade_no };
      await system().sandbox.fault({
        kind,
        match,
        ...(kind === 'altered_amount' && { signed: false }),
      });
      const look = { call: 'orderquery', out_trade_no };
      await system().sandbox.fault({ kind: 'http_error', times: 1_000, match: look });
      await system().sandbox.pay(code_url);
      await until('the spoilt notice', async () => {
        const { notices } = await system().sandbox.trade(out_trade_no);
        return notices.some(({ fault, accepted }) => fault === kind && !accepted);
      });
      await assertUnpaid(shopper, out_trade_no, order_ids);
      await system().sandbox.forgetFaults();
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });
  }

  for (const total_fee of [6809, 6811, 681, 1, 0, 68100]) {
    it(`a true notice of ${total_fee} fen instead of 6810 never pays`, async () => {
      const { shopper, out_trade_no, order_ids } = await opened(system());
      await notify(system(), paymentNotice(merchant, { out_trade_no, total_fee }));
      const payment = await shopper.payment(out_trade_no);
      assert.equal(payment.trade_state, 'NOTPAY');
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '1');
    });
  }

  it('a notice of another currency never pays', async () => {
    const { shopper, out_trade_no } = await opened(system());
    const fields = { out_trade_no, total_fee: 6810, fee_type: 'USD' };
    await notify(system(), paymentNotice(merchant, fields));
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'NOTPAY');
  });

  it('a notice of a number that is not ours changes nothing', async () => {
    const sql = 'SELECT out_trade_no, trade_state FROM tb_paylog ORDER BY out_trade_no';
    const before = await system().rows(sql);
    for (const out_trade_no of ['1', '99999999999999999999', 'abc', "1' OR '1'='1", '0']) {
      await notify(system(), paymentNotice(merchant, { out_trade_no, total_fee: 6810 }));
    }
    assert.deepEqual(await system().rows(sql), before);
  });

  it('50 parallel settlements by notice, watcher and close give one settled payment', async () => {
    const { shopper, out_trade_no, order_ids, code_url } = await opened(system());
    await system().sandbox.loseNotices(out_trade_no);
    const heard = await shopper.events(out_trade_no);
    await system().sandbox.pay(code_url);
    const { transaction_id } = await system().sandbox.trade(out_trade_no);
    const notice = paymentNotice(merchant, {
      out_trade_no,
      total_fee: 6810,
      transaction_id: transaction_id ?? '',
    });
    const notices = Array.from({ length: 45 }, (_, each) => notify(system(), notice, each % 2));
    const closes = Array.from({ length: 5 }, () => shopper.close(out_trade_no));
    for (const answer of await Promise.all(notices))
      assert.ok(isAccepted(answer.text), answer.text);
    for (const answer of await Promise.all(closes)) {
      assert.equal(answer.status, 409);
      assert.equal((answer.json() as { code: string }).code, 'payment/already-paid');
    }
    const payment = await shopper.payment(out_trade_no);
    assert.equal(payment.trade_state, 'SUCCESS');
    assert.equal(payment.transaction_id, transaction_id);
    const orders = await Promise.all(order_ids.map((id) => shopper.order(id)));
    for (const order of orders) assert.equal(order.payment_time, payment.pay_time);
    const states: unknown[] = [];
    for await (const { event, data } of heard) {
      if (event === 'payment') states.push((JSON.parse(data ?? '') as typeof payment).trade_state);
    }
    // A close that is wished before the money is known is told too: NOTPAY, and closing.
    assert.deepEqual([...new Set(states)], ['NOTPAY', 'SUCCESS']);
    assert.equal(states.filter((state) => state === 'SUCCESS').length, 1);
  });

  it('what cannot be decided now is answered 503, and settled at the next try', async () => {
    const { shopper, out_trade_no } = await opened(system());
    const look = { call: 'orderquery', out_trade_no };
    await system().sandbox.fault({ kind: 'http_error', times: 1_000, match: look });
    const notice = paymentNotice(merchant, { out_trade_no, total_fee: 6810 });
    for (const pay of system().pays) await pay.kill();
    const answer = await notify(system(), notice);
    assert.equal(answer.status, 503);
    assert.equal(isAccepted(answer.text), false);
    for (const pay of system().pays) await pay.start();
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'NOTPAY');
    assert.ok(isAccepted((await notify(system(), notice)).text));
    await shopper.paymentIn('SUCCESS', out_trade_no);
  });
});
