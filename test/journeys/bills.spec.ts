import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { beijingDate, nextInBeijing } from '../support/beijing-time';
import { onDays } from '../support/days';
import type { System } from '../support/system';
import { dialectOf } from '../support/wechat';

class PayClient extends ClientOf(payService) {}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const out_trade_no = '1234567890123456789';

function clientOf({ pay }: System): PayClient {
  const { hostname: host, port } = new URL(pay.env.PAY_RPC_LISTEN ?? '');
  return new PayClient({ host, port: Number(port) });
}

/** A payment of 25.00 and a refund of 10.00, and their day at WeChat. */
async function aDay(client: PayClient, { sandbox }: System): Promise<string> {
  // Far from midnight, whenever the test runs.
  const nowMs = await sandbox.now();
  const noonMs = await sandbox.turnClock(nextInBeijing(nowMs, 12 * hourMs) - nowMs);
  const now = new Date(noonMs).toISOString();
  const payment = { out_trade_no, total_fee: 2_500, create_time: now, expire_time: null, now };
  const code = await client.createNative(await client.prepareNative(payment));
  assert.ok(code.outcome === 'success', JSON.stringify(code));
  await sandbox.pay(code.code_url);
  const refund = { out_trade_no, refund_fee: 1_000, notify_url: 'http://127.0.0.1:9/refundNotify' };
  await sandbox.refundInConsole(refund);
  return beijingDate(noonMs);
}

onDays('the pay service and the bills of WeChat', (system, way) => {
  const isV2 = dialectOf(way) === 'v2';
  const call = isV2 ? 'downloadbill' : 'tradebill';
  const file = isV2 ? 'downloadbill' : 'billdownload';
  let client: PayClient;
  before(() => {
    client = clientOf(system());
  });
  after(() => client?.onApplicationShutdown());

  it('the bill of a day is had next morning, through every fault', async () => {
    const { sandbox } = system();
    const day = await aDay(client, system());
    const rows = (some: string) => client.billRows({ day: some, from_row: 0, bill_hash: null });
    await sandbox.turnClock(18 * hourMs);
    assert.deepEqual(await rows(day), { outcome: 'creating' });
    await sandbox.turnClock(6 * hourMs);
    const empty = beijingDate(Date.parse(day) - 10 * dayMs);
    assert.deepEqual(await rows(empty), { outcome: 'none' });

    const faults: [object, string][] = [
      [{ kind: 'http_error', status: 502, match: { call } }, 'unknown'],
      [{ kind: 'system_error', match: { call } }, 'unknown'],
      [{ kind: 'reset', times: 2, match: { call } }, 'unknown'],
      [{ kind: 'truncated', match: { call: file } }, 'refused'],
      [{ kind: 'http_error', status: 503, match: { call: file } }, 'unknown'],
    ];
    for (const [fault, outcome] of faults) {
      await sandbox.fault({ ...fault });
      const told = await rows(day);
      assert.equal(told.outcome, outcome, JSON.stringify([fault, told]));
      await sandbox.forgetFaults();
    }
    if (!isV2) {
      const over = { kind: 'err_code', err_code: 'INVALID_REQUEST', match: { call: file } };
      await sandbox.fault(over);
    }
    const bill = await rows(day);
    assert.ok(bill.outcome === 'success', JSON.stringify(bill));
    const { order_fee, refund_fee } = bill.totals;
    assert.deepEqual([bill.next_row, order_fee, refund_fee], [null, 2_500, 1_000]);
    const told = bill.rows.map(({ type, fee, ...row }) => [type, fee, row.out_trade_no]);
    assert.deepEqual(told, [
      ['payment', 2_500, out_trade_no],
      ['refund', 1_000, out_trade_no],
    ]);
    const { bill_hash } = bill;
    const piece = await client.billBytes({ day, kind: 'trade', offset: 0, bill_hash });
    assert.ok(piece.outcome === 'success' && piece.next_offset === null);
    const text = gunzipSync(Buffer.from(piece.gzip_base64, 'base64')).toString();
    assert.match(text, /^\ufeff交易时间,.*\r\n`2,/s);

    const flow = await client.fundflow({ day });
    assert.ok(flow.outcome === 'success', JSON.stringify(flow));
    assert.deepEqual([flow.rows, flow.incoming, flow.fees], [3, 2_500, 15]);
    assert.deepEqual(
      flow.kinds.map(({ kind }) => kind),
      ['交易', '扣除交易手续费', '退款'],
    );
    assert.equal((await client.fundflow({ day: empty })).outcome, 'none');
  });
});
