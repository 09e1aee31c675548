import assert from 'node:assert/strict';
import { it } from 'node:test';
import { liveness, safety, told } from '../proof/invariants/oracle';
import { snapshot } from '../proof/invariants/snapshot';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { onStores, storesHere } from '../support/on-stores';
import { opened, paid } from '../support/opened';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';
import type { Way } from '../support/wechat';

/** A payment with a live code. */
async function refund(system: System, out_trade_no: string, refund_fee: number) {
  const operator = await system.shopper({ roles: ['operator'] });
  expected(201, await operator.refund(out_trade_no, refund_fee));
}

/** WeChat answers no refund from now on, so that none is accepted. */
const refuseRefunds = ({ sandbox }: System) =>
  sandbox.fault({ kind: 'http_error', phase: 'before', times: 1_000, match: { call: 'refund' } });

const isBack = (shopper: Shopper, out_trade_no: string, fee: number) =>
  until(`${fee} fen of ${out_trade_no} to be back`, async () => {
    return (await shopper.payment(out_trade_no)).refund_fee === fee;
  });

/** In which dialect WeChat was asked, as it is kept in the rows. */
async function dialectsOf(system: System, out_trade_no: string) {
  const where = `WHERE out_trade_no = '${out_trade_no}'`;
  const rows = await system.rows(
    `SELECT native_request AS request FROM tb_paylog ${where}
      UNION ALL SELECT refund_request FROM tb_refund ${where}`,
  );
  return rows.map(({ request }) => (JSON.parse(String(request)) as { dialect: string }).dialect);
}

/** A notice of this order in this dialect has come and was taken. */
const hasTold = ({ sandbox }: System, out_trade_no: string, dialect: string) =>
  until(`a notice of ${out_trade_no} in ${dialect}`, async () => {
    const { api, notices } = await sandbox.trade(out_trade_no);
    return api === dialect && notices.some(({ accepted }) => accepted);
  });

/** What waits because the pay service was away, or may still be answering, is due now. */
async function passTime(system: System): Promise<void> {
  const past = "'2026-01-01 00:00:00.000'";
  await system.change(`UPDATE tb_refund SET next_look_time = ${past} WHERE status = 'PROCESSING'`);
  await system.change(
    `UPDATE tb_paylog SET attempt_until_time = ${past}, next_look_time = ${past}
      WHERE trade_state = '0'`,
  );
}

async function changeOver(system: System, way: Way, without?: string[]): Promise<void> {
  await system.speaks(way, without);
  await system.sandbox.forgetFaults();
  await passTime(system);
}

/** Every fen is where it belongs. */
async function assertBooks(system: System): Promise<void> {
  const databaseUrl = system.order.env.DATABASE_URL ?? '';
  if (!databaseUrl.startsWith('mariadb:')) return;
  const look = () => snapshot({ databaseUrl, sandboxUrl: system.sandbox.url });
  assert.deepEqual(safety(await look()).map(told), []);
  await until('the books to be at rest', async () => liveness(await look()).length === 0);
}

/** What a change-over finds open: a code, one to close, money given, a refund refused so far. */
async function begunIn(system: System, way: Way) {
  await system.speaks(way);
  const shown = await opened(system);
  const closing = await opened(system);
  const given = await paid(system);
  const waiting = await paid(system);
  await refuseRefunds(system);
  await refund(system, waiting.out_trade_no, 500);
  await until('the refund to be frozen', async () => {
    return (await dialectsOf(system, waiting.out_trade_no).catch(() => [])).length === 2;
  });
  return { shown, closing, given, waiting };
}

/** The pay service starts again with a wrong number. */
const mistype = ({ pay }: System, wrong: Record<string, string>) => pay.restartWith(wrong);

const stores = storesHere.at(-1) ?? 'sqlite';

onStores('a change-over to v3 and back', { stores, env: quickMoney }, (system) => {
  it('what v2 began is carried on to its end while everything new is v3', async () => {
    const shown = await opened(system());
    const closing = await opened(system());
    const late = await opened(system());
    const uncoded = await system().shopper();
    const { out_trade_no: uncodedNo } = await uncoded.buy();
    const partly = await paid(system());
    const waiting = await paid(system());
    await refund(system(), partly.out_trade_no, 1_000);
    await isBack(partly.shopper, partly.out_trade_no, 1_000);
    await refuseRefunds(system());
    await refund(system(), waiting.out_trade_no, 500);
    await until('the refund to be frozen', async () => {
      return (await dialectsOf(system(), waiting.out_trade_no).catch(() => [])).length === 2;
    });

    await changeOver(system(), 'v3 public-key');

    assert.equal((await shown.shopper.createNative()).code_url, shown.code_url);
    await system().sandbox.pay(shown.code_url);
    await shown.shopper.paymentIn('SUCCESS', shown.out_trade_no);
    assert.equal((await closing.shopper.close(closing.out_trade_no)).status, 200);
    assert.equal((await system().sandbox.trade(closing.out_trade_no)).trade_state, 'CLOSED');
    await system().sandbox.loseNotices(late.out_trade_no);
    await system().sandbox.pay(late.code_url);
    await late.shopper.paymentIn('SUCCESS', late.out_trade_no);
    await isBack(waiting.shopper, waiting.out_trade_no, 500);
    await refund(system(), partly.out_trade_no, 5_810);
    await isBack(partly.shopper, partly.out_trade_no, 6_810);
    const { code_url } = await uncoded.createNative();
    await system().sandbox.pay(code_url);
    await uncoded.paymentIn('SUCCESS', uncodedNo);

    assert.deepEqual(await dialectsOf(system(), shown.out_trade_no), ['v2']);
    assert.deepEqual(await dialectsOf(system(), waiting.out_trade_no), ['v2', 'v2']);
    assert.deepEqual(await dialectsOf(system(), partly.out_trade_no), ['v2', 'v2', 'v3']);
    assert.deepEqual(await dialectsOf(system(), uncodedNo), ['v3']);
    await hasTold(system(), shown.out_trade_no, 'v2');
    await hasTold(system(), uncodedNo, 'v3');
    await assertBooks(system());
  });

  it('the way back: what v3 began is carried on while everything new is v2', async () => {
    const { shown, closing, given, waiting } = await begunIn(system(), 'v3 public-key');

    await changeOver(system(), 'v2');

    assert.equal((await shown.shopper.createNative()).code_url, shown.code_url);
    await system().sandbox.pay(shown.code_url);
    await shown.shopper.paymentIn('SUCCESS', shown.out_trade_no);
    await hasTold(system(), shown.out_trade_no, 'v3');
    assert.equal((await closing.shopper.close(closing.out_trade_no)).status, 200);
    await isBack(waiting.shopper, waiting.out_trade_no, 500);
    await refund(system(), given.out_trade_no, 6_810);
    await isBack(given.shopper, given.out_trade_no, 6_810);
    const anew = await paid(system());
    assert.deepEqual(await dialectsOf(system(), anew.out_trade_no), ['v2']);
    assert.deepEqual(await dialectsOf(system(), given.out_trade_no), ['v3', 'v2']);
    assert.deepEqual(await dialectsOf(system(), waiting.out_trade_no), ['v3', 'v3']);
    await assertBooks(system());
  });

  it('without the key of v2 its codes live on, and v3 asks, closes and gives back', async () => {
    const { shown, closing, given, waiting } = await begunIn(system(), 'v2');

    await changeOver(system(), 'v3 public-key', ['WECHAT_KEY']);

    assert.equal((await shown.shopper.createNative()).code_url, shown.code_url);
    await system().sandbox.pay(shown.code_url);
    await shown.shopper.paymentIn('SUCCESS', shown.out_trade_no);
    // Its notice is v2's, which nobody can verify here: the money was found by asking.
    const { notices } = await system().sandbox.trade(shown.out_trade_no);
    assert.ok(!notices.some(({ accepted }) => accepted));
    assert.equal((await closing.shopper.close(closing.out_trade_no)).status, 200);
    assert.equal((await system().sandbox.trade(closing.out_trade_no)).trade_state, 'CLOSED');
    await isBack(waiting.shopper, waiting.out_trade_no, 500);
    await refund(system(), given.out_trade_no, 1);
    await isBack(given.shopper, given.out_trade_no, 1);
    assert.deepEqual(await dialectsOf(system(), waiting.out_trade_no), ['v2', 'v2']);
    assert.deepEqual(await dialectsOf(system(), given.out_trade_no), ['v2', 'v3']);
    await assertBooks(system());
  });

  it('a code that v2 lost is not asked for again without its key: it closes', async () => {
    await system().speaks('v2');
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const match = { call: 'unifiedorder', out_trade_no };
    await system().sandbox.fault({ kind: 'http_error', phase: 'after', times: 9, match });
    assert.equal((await shopper.ask('GET', '/pay/createNative')).status, 503);
    await changeOver(system(), 'v3 public-key', ['WECHAT_KEY']);
    const answer = await shopper.ask('GET', `/pay/createNative?out_trade_no=${out_trade_no}`);
    assert.ok(!answer.text.includes('weixin://'), answer.text);
    assert.equal((await system().sandbox.trade(out_trade_no)).codes.length, 1);
    await shopper.close(out_trade_no);
    await passTime(system());
    await shopper.paymentIn('CLOSED', out_trade_no);
    await assertBooks(system());
  });

  it('what a mistyped merchant asked for is paid or closed by the right one', async () => {
    await system().speaks('v3 public-key');
    await mistype(system(), { WECHAT_MCH_ID: '1900000901' });
    const askedFor = async () => {
      const shopper = await system().shopper();
      const { out_trade_no } = await shopper.buy();
      assert.equal((await shopper.ask('GET', '/pay/createNative')).status, 503);
      return { shopper, out_trade_no };
    };
    const [paying, closing] = [await askedFor(), await askedFor()];
    assert.equal((await closing.shopper.close(closing.out_trade_no)).status, 202);
    await system().speaks('v3 public-key');
    await system().sandbox.pay((await paying.shopper.createNative()).code_url);
    await paying.shopper.paymentIn('SUCCESS', paying.out_trade_no);
    assert.equal((await closing.shopper.close(closing.out_trade_no)).status, 200);
    const timeline = await system().rows(
      `SELECT kind, actor FROM tb_pay_event WHERE out_trade_no = '${paying.out_trade_no}'`,
    );
    const failed = timeline.filter(({ kind }) => kind === 'code.failed');
    assert.deepEqual(
      failed.map(({ actor }) => actor),
      ['service'],
    );
    await assertBooks(system());
  });

  it('under a mistyped merchant, who cannot ask, no code of the right is given', async () => {
    await system().speaks('v3 public-key');
    const { shopper, out_trade_no, code_url } = await opened(system());
    const status = async () => (await shopper.ask('GET', '/pay/createNative')).status;
    await mistype(system(), { WECHAT_MCH_ID: '1900000901' });
    await until('no code', async () => (await status()) === 503);
    await system().speaks('v3 public-key');
    await until('a code', async () => (await status()) === 200);
    assert.equal((await shopper.createNative()).code_url, code_url);
    await system().sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
  });

  it('what was refused under a mistyped appid has a code as soon as it is right', async () => {
    await system().speaks('v3 public-key');
    await mistype(system(), { WECHAT_APPID: 'wx0000000000000000' });
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    for (let looks = 0; looks < 2; looks += 1) {
      expected(409, await shopper.ask('GET', '/pay/createNative'));
    }
    await system().speaks('v3 public-key');
    await system().sandbox.pay((await shopper.createNative()).code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const anomalies = await system().rows(
      `SELECT kind, state FROM tb_anomaly WHERE out_trade_no = '${out_trade_no}'`,
    );
    assert.deepEqual(anomalies, [{ kind: 'code-refused', state: 'RESOLVED' }]);
    await assertBooks(system());
  });
});
