import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { Anomaly, PayEvent } from '@saoma/contracts/operator';
import { Refund } from '@saoma/contracts/refunds';
import { z } from 'zod';
import { bothDialects, inEachWay, quickMoney } from '../support/every-way';
import { ask, expected } from '../support/http';
import { paymentNotice, signedXml } from '../support/notice';
import { paid } from '../support/opened';
import type { Shopper } from '../support/shopper';
import { merchant, type System } from '../support/system';
import { until } from '../support/until';

const operatorOf = (system: System) => system.shopper({ roles: ['operator'] });

interface Wish {
  readonly refund_fee: unknown;
  readonly key?: string | undefined;
}

function wish(who: Shopper, out_trade_no: string, { refund_fee, key }: Wish) {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const body = { refund_fee, reason: '商品破损' };
  return who.ask('POST', `/api/payments/${out_trade_no}/refunds`, { body, headers });
}

async function refunds(who: Shopper, out_trade_no: string): Promise<Refund[]> {
  const answer = await who.ask('GET', `/api/payments/${out_trade_no}/refunds`);
  return z.object({ refunds: z.array(Refund) }).parse(expected(200, answer)).refunds;
}

async function anomaliesOf(operator: Shopper, out_trade_no: string): Promise<Anomaly[]> {
  const answer = await operator.ask('GET', '/api/anomalies?limit=100');
  const { anomalies } = z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer));
  return anomalies.filter((one) => one.out_trade_no === out_trade_no);
}

async function timeline(who: Shopper, out_trade_no: string): Promise<PayEvent[]> {
  const answer = await who.ask('GET', `/api/payments/${out_trade_no}/timeline`);
  return z.object({ events: z.array(PayEvent) }).parse(expected(200, answer)).events;
}

const codeOf = (answer: { json(): unknown }) => (answer.json() as { code?: string }).code;

inEachWay('money that goes back', { env: quickMoney, ways: bothDialects }, (system) => {
  const notify = (fields: { out_trade_no: string; total_fee: number; transaction_id?: string }) =>
    ask('POST', `${system().url()}/pay/notify`, { body: paymentNotice(merchant, fields) });

  it('a part, then the rest: WeChat pays back exactly once what the operator wished', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    const key = randomUUID();
    const first = expected(201, await wish(operator, out_trade_no, { refund_fee: 1_000, key }));
    assert.deepEqual(
      expected(201, await wish(operator, out_trade_no, { refund_fee: 1_000, key })),
      first,
    );
    const refunded = await shopper.paymentIn('REFUND', out_trade_no);
    assert.equal(refunded.refund_fee, 1_000);
    assert.equal(
      codeOf(await wish(operator, out_trade_no, { refund_fee: 5_811, key: 'more' })),
      'refund/too-much',
    );
    expected(201, await wish(operator, out_trade_no, { refund_fee: 5_810, key: 'rest' }));
    await until('all of it to be back', async () => {
      return (await shopper.payment(out_trade_no)).refund_fee === 6_810;
    });
    const trade = await system().sandbox.trade(out_trade_no);
    const sums = (trade.refunds as { refund_fee: number }[]).map((one) => one.refund_fee);
    assert.deepEqual(
      sums.sort((a, b) => a - b),
      [1_000, 5_810],
    );
    assert.deepEqual(await shopper.queryPayStatus(out_trade_no), {
      success: true,
      message: '支付成功',
    });
  });

  it('a bad refund is refused with its reason, and nothing is written', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    const unpaid = await (await system().shopper()).buy();
    const table: [Shopper, string, unknown, string | undefined, number, string][] = [
      [shopper, out_trade_no, 1, 'k1', 403, 'auth/operator-only'],
      [operator, out_trade_no, 1, undefined, 400, 'request/invalid'],
      [operator, out_trade_no, 0, 'k2', 400, 'request/invalid'],
      [operator, out_trade_no, -1, 'k3', 400, 'request/invalid'],
      [operator, out_trade_no, 1.5, 'k4', 400, 'request/invalid'],
      [operator, out_trade_no, '1', 'k5', 400, 'request/invalid'],
      [operator, out_trade_no, 6_811, 'k6', 409, 'refund/too-much'],
      [operator, unpaid.out_trade_no, 1, 'k7', 409, 'payment/not-paid'],
      [operator, '99999', 1, 'k8', 404, 'payment/not-found'],
    ];
    for (const [who, number, fee, key, status, code] of table) {
      const answer = await wish(who, number, { refund_fee: fee, key });
      assert.equal(answer.status, status, `${fee} ${code}`);
      assert.equal(codeOf(answer), code);
    }
    assert.deepEqual(await refunds(operator, out_trade_no), []);
    expected(201, await wish(operator, out_trade_no, { refund_fee: 1, key: 'k9' }));
    assert.equal(
      codeOf(await wish(operator, out_trade_no, { refund_fee: 2, key: 'k9' })),
      'idempotency/key-reused',
    );
    // It comes to its end here, before another test's fault can meet it.
    await shopper.paymentIn('REFUND', out_trade_no);
  });

  for (const [ending, kind] of [
    ['REFUNDCLOSE', 'refund-closed'],
    ['CHANGE', 'refund-changed'],
  ] as const) {
    it(`a refund that ends as ${ending} is told apart and waits for an operator`, async () => {
      const { out_trade_no } = await paid(system());
      const operator = await operatorOf(system());
      // A refund names WeChat's number of the money, so the fault cannot be tied to ours.
      await system().sandbox.fault({ kind: 'refund_ending', ending, match: { call: 'refund' } });
      expected(201, await wish(operator, out_trade_no, { refund_fee: 500, key: randomUUID() }));
      await until(`the refund to be ${ending}`, async () => {
        return (await refunds(operator, out_trade_no))[0]?.status === ending;
      });
      const [anomaly] = await anomaliesOf(operator, out_trade_no);
      assert.equal(anomaly?.kind, kind);
      assert.equal(anomaly?.state, 'OPEN');
      const path = `/api/anomalies/${anomaly?.anomaly_id}/resolve`;
      const answer = await operator.ask('POST', path, { body: { note: '已线下退款' } });
      assert.equal(Anomaly.parse(expected(200, answer)).state, 'RESOLVED');
    });
  }

  it('a refund is asked for again with the same number when WeChat’s answer is lost', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    const match = { call: 'refund' };
    await system().sandbox.fault({ kind: 'reset', phase: 'after', times: 4, match });
    expected(201, await wish(operator, out_trade_no, { refund_fee: 700, key: randomUUID() }));
    await shopper.paymentIn('REFUND', out_trade_no);
    const trade = await system().sandbox.trade(out_trade_no);
    assert.equal((trade.refunds as unknown[]).length, 1);
    // How often it was asked differs; what is left of the fault must not meet another refund.
    await system().sandbox.forgetFaults();
    assert.equal((await shopper.payment(out_trade_no)).refund_fee, 700);
  });

  it('a refund that WeChat carries out after it ended without money is an operator’s', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    const refusal = { kind: 'err_code', err_code: 'ERROR', phase: 'before' };
    await system().sandbox.fault({ ...refusal, match: { call: 'refund' } });
    expected(201, await wish(operator, out_trade_no, { refund_fee: 500, key: randomUUID() }));
    const refund = await until('the refund to be closed', async () => {
      const [one] = await refunds(operator, out_trade_no);
      return one?.status === 'REFUNDCLOSE' && one;
    });
    // As if a call of before had been on its way all the time.
    const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id } = merchant;
    const { transaction_id } = await shopper.payment(out_trade_no);
    const late = signedXml(merchant, {
      ...{ appid, mch_id, nonce_str: 'late', out_refund_no: refund.out_refund_no },
      ...{ transaction_id: transaction_id ?? '', total_fee: 6_810, refund_fee: 500 },
      notify_url: `${system().url()}/pay/refundNotify`,
    });
    const there = `${system().sandbox.url}/secapi/pay/refund`;
    assert.match((await ask('POST', there, { body: late })).text, /<refund_id>/);
    await until('the operator to hear of it', async () => {
      const kinds = (await anomaliesOf(operator, out_trade_no)).map(({ kind }) => kind);
      return kinds.includes('refund-after-close') && kinds.includes('refund-closed');
    });
    assert.equal((await shopper.payment(out_trade_no)).refund_fee, 0);
  });

  it('money that comes after the close goes back by itself; the orders stay closed', async () => {
    const shopper = await system().shopper();
    const { out_trade_no, order_ids } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    // WeChat says that it knows no such payment, and takes the payer's money afterwards.
    const lie = { kind: 'err_code', err_code: 'ORDERNOTEXIST', phase: 'before', times: 100 };
    const tell = (call: string) =>
      system().sandbox.fault({ ...lie, match: { call, out_trade_no } });
    await tell('closeorder');
    const forget = await tell('orderquery');
    expected(200, await shopper.close(out_trade_no));
    await forget();
    await system().sandbox.pay(code_url);
    const payment = await until('the money to be back', async () => {
      const one = await shopper.payment(out_trade_no);
      return one.refund_fee > 0 && one;
    });
    assert.equal(payment.trade_state, 'CLOSED');
    const trade = await system().sandbox.trade(out_trade_no);
    assert.equal(payment.transaction_id, trade.transaction_id);
    assert.equal(payment.refund_fee, 6_810);
    assert.equal((trade.refunds as { refund_fee: number }[])[0]?.refund_fee, 6_810);
    for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
    // It was never paid, so nobody is told that it was.
    assert.equal((await shopper.queryPayStatus(out_trade_no)).message, '支付出错');
    expected(200, await shopper.close(out_trade_no));
  });

  it('money of another amount pays nothing and is in the operator’s hands', async () => {
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const operator = await operatorOf(system());
    for (const total_fee of [6_809, 6_811]) {
      assert.match((await notify({ out_trade_no, total_fee })).text, /SUCCESS/);
    }
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'NOTPAY');
    const told = await anomaliesOf(operator, out_trade_no);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['other-amount', 'other-amount'],
    );
  });

  it('a second transaction leaves it paid, and its money goes back or is told', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    const transaction_id = '4200000009202611250000000009';
    assert.match(
      (await notify({ out_trade_no, total_fee: 6_810, transaction_id })).text,
      /SUCCESS/,
    );
    // The sandbox's book has no such money, so its refund is refused: the operator hears of it.
    const anomaly = await until('the operator to hear of it', async () => {
      return (await anomaliesOf(operator, out_trade_no))[0];
    });
    assert.equal(anomaly.kind, 'refund-refused');
    const [refund] = await refunds(operator, out_trade_no);
    assert.equal(refund?.out_refund_no, `${out_trade_no}-${transaction_id}`);
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'SUCCESS');
  });

  it('money for nobody’s number is in the operator’s hands', async () => {
    const out_trade_no = `9${Date.now()}`;
    assert.match((await notify({ out_trade_no, total_fee: 1 })).text, /SUCCESS/);
    const operator = await operatorOf(system());
    const [anomaly] = await anomaliesOf(operator, out_trade_no);
    assert.equal(anomaly?.kind, 'unknown-number');
    const shopper = await system().shopper();
    assert.equal((await shopper.ask('GET', '/api/anomalies')).status, 403);
  });

  it('a refund notice that does not decrypt gets one uniform FAIL, whatever is wrong', async () => {
    const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id } = merchant;
    const head = `<appid>${appid}</appid><mch_id>${mch_id}</mch_id>`;
    const message = (req_info: string) =>
      `<xml><return_code>SUCCESS</return_code>${head}<nonce_str>a</nonce_str>${req_info}</xml>`;
    const bodies = [
      message('<req_info>AAAA</req_info>'),
      message(`<req_info>${Buffer.alloc(64).toString('base64')}</req_info>`),
      message('<req_info>%%%</req_info>'),
      message(''),
      'no XML',
    ];
    const url = `${system().url()}/pay/refundNotify`;
    const texts = await Promise.all(
      bodies.map(async (body) => (await ask('POST', url, { body })).text),
    );
    assert.equal(new Set(texts).size, 1);
    assert.match(texts[0] ?? '', /FAIL/);
  });

  it('the timeline tells all of it to owner and operator, without a secret', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const operator = await operatorOf(system());
    expected(201, await wish(operator, out_trade_no, { refund_fee: 100, key: randomUUID() }));
    await shopper.paymentIn('REFUND', out_trade_no);
    const events = await timeline(shopper, out_trade_no);
    const kinds = events.map(({ kind }) => kind);
    const told = ['payment.created', 'code.asked', 'code.given', 'payment.paid'] as const;
    const gone = ['refund.wished', 'refund.accepted', 'refund.succeeded'] as const;
    for (const kind of [...told, ...gone]) assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
    // Which operator it was is for operators only.
    const whole = await timeline(operator, out_trade_no);
    const actors = whole.map(({ actor }) => actor.replace(/^operator:.*/, 'operator'));
    assert.deepEqual(
      whole.map((event, index) => ({ ...event, actor: actors[index] })),
      events,
    );
    const text = JSON.stringify(events);
    assert.ok(!text.includes(merchant.WECHAT_KEY) && !text.includes('weixin://'));
    const stranger = await system().shopper();
    const path = `/api/payments/${out_trade_no}/timeline`;
    assert.equal((await stranger.ask('GET', path)).status, 404);
  });
});
