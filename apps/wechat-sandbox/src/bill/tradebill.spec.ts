import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { aLife, type OrderRequest, type Trade } from '../book/trade';
import { exampleMerchant } from '../merchant';
import { aSandbox, call, golden, openOrder, signedCall } from '../spec-kit';
import { vectors } from '../v3/spec-kit';
import { writeBill } from './tradebill';

const at = (time: string) => Date.parse(`2026-09-30T${time}+08:00`);

const aRequest = (some: Partial<OrderRequest> = {}): OrderRequest => ({
  api: 'v2',
  sign_type: 'MD5',
  out_trade_no: '',
  total_fee: 1,
  description: '',
  attach: '',
  device_info: '',
  notify_url: '',
  expire_ms: Number.POSITIVE_INFINITY,
  parameters: {},
  identity: '',
  ...some,
});

/** The two paid orders of the golden bill. */
function goldenTrades(): Trade[] {
  const aTrade = (some: Partial<Trade> & Pick<Trade, 'out_trade_no' | 'total_fee'>): Trade => ({
    appid: exampleMerchant.appid,
    mch_id: exampleMerchant.mch_id,
    request: aRequest(),
    create_ms: at('10:15:00'),
    expire_ms: Number.POSITIVE_INFINITY,
    trade_state: 'SUCCESS',
    code_url: '',
    codes: [],
    prepay_id: '',
    code_ms: at('10:15:00'),
    calls: {},
    notices: [],
    refunds: [],
    life: aLife(),
    ...some,
  });
  const out_trade_no = '20260930T101500-0001';
  const first = aTrade({
    out_trade_no,
    total_fee: 101,
    request: aRequest({
      device_info: 'WEB',
      description: '收银台-测试商品',
      attach: 'order=1&note=a<b',
    }),
    paid: {
      transaction_id: '4200002345202609306543210987',
      openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
      pay_ms: at('10:17:33'),
      coupons: [],
    },
    refunds: [
      {
        mch_id: exampleMerchant.mch_id,
        out_trade_no,
        out_refund_no: 'R20260930-0001',
        refund_id: '50300002342026093012345678901',
        refund_fee: 1,
        total_fee: 101,
        create_ms: at('10:31:08'),
        success_ms: at('10:31:08'),
        ending: 'SUCCESS',
        notify_api: 'v2',
      },
    ],
  });
  const second = aTrade({
    out_trade_no: '20260930T115900-0002',
    total_fee: 3,
    request: aRequest({ description: '苹果,香蕉' }),
    paid: {
      transaction_id: '4200002345202609306543210988',
      openid: 'oUpF8uN95-Ptaags6E_roPHg7AG0',
      pay_ms: at('12:00:01'),
      coupons: [{ coupon_id: '1', coupon_fee: 1 }],
    },
  });
  return [second, first];
}

const bill = (type: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND') =>
  writeBill(goldenTrades(), { bill_date: '20260930', type }, at('23:59:59'));

describe('the file', () => {
  test('G28: ALL is written byte for byte; a comma in a name is escaped as it is since', () => {
    assert.equal(bill('ALL'), golden('G28').replace('苹果,香蕉', '苹果\\ 香蕉'));
  });

  test('SUCCESS has 20 columns and the payments, REFUND 29 and the refunds', () => {
    const lines = (text = '') => text.slice(1).split('\r\n');
    const success = lines(bill('SUCCESS'));
    assert.equal(success[0]?.split(',').length, 20);
    assert.equal(success.length, 6);
    assert.match(success[1] ?? '', /`SUCCESS,`OTHERS,`CNY,`1.01,`0.00,`收银台-测试商品,/);
    assert.equal(success[1]?.split(',`').length, 20);
    const refund = lines(bill('REFUND'));
    assert.equal(refund[0]?.split(',').length, 29);
    assert.match(refund[0] ?? '', /退款申请时间,退款成功时间,微信退款单号/);
    assert.equal(refund.length, 5);
    assert.equal(refund[1]?.split(',`').length, 29);
    assert.match(refund[3] ?? '', /^`1,`0.00,`0.01,`0.00,`0.00000,`0.00,`0.01$/);
    assert.equal(bill('RECHARGE_REFUND'), undefined);
  });

  test('a fee is whole fen at 0.60 %, and goes back with a refund', () => {
    const [trade] = goldenTrades().slice(1);
    assert.ok(trade);
    const big = { ...trade, total_fee: 600, refunds: [{ ...trade.refunds[0], refund_fee: 300 }] };
    const text = writeBill([big as Trade], { bill_date: '20260930', type: 'ALL' }, at('23:00:00'));
    assert.match(text ?? '', /`0\.04000,`0\.60%,`6\.00,/);
    assert.match(text ?? '', /`-0\.02000,`0\.60%,/);
    assert.match(text ?? '', /`0\.02000,`6\.00,`3\.00\r\n$/);
  });
});

/** The trades behind the bill of the vectors: coupons of both kinds, an order of another day. */
function vectorTrades(): Trade[] {
  const day = (text: string) => Date.parse(`2026-10-${text}+08:00`);
  const [, base] = goldenTrades();
  assert.ok(base?.paid && base.refunds[0]);
  const { paid, refunds } = base;
  const first = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o';
  const second = 'oUpF8uN95-Ptaags6E_roPHg7AG0';
  const order = (text: string, some: Partial<Trade['request']> = {}) => {
    const [number = '', fen, id = '', at = '', openid = first] = text.split(' ');
    return {
      ...base,
      mch_id: '1900007291',
      out_trade_no: number,
      total_fee: Number(fen),
      request: aRequest({ description: '收银台-测试商品', ...some }),
      paid: { ...paid, openid, transaction_id: `42000031${id}`, pay_ms: day(at) },
      refunds: [] as Trade['refunds'],
    };
  };
  const back = (text: string) => {
    const [number = '', fen, id = '', at = '', wait] = text.split(' ');
    const refund_id = `503036058120261011000000000${id}`;
    const create_ms = day(at);
    const success_ms = create_ms + Number(wait);
    const some = { refund_id, out_refund_no: number, refund_fee: Number(fen) };
    return { ...refunds[0], ...some, create_ms, success_ms } as Trade['refunds'][number];
  };
  const apples = { description: '苹果,香蕉', attach: 'order=1&note=a<b' };
  const one = order('20261011T091200-0001 2500 40202610110000000001 11T09:12:31', apples);
  one.paid.coupons = [{ coupon_id: '1', coupon_fee: 500 }];
  one.refunds = [back('R20261011-0001 1000 01 11T11:40:05 0')];
  const web = { device_info: 'WEB' };
  const two = order(`20261011T115900-0002 3000 40202610110000000002 11T12:00:01 ${second}`, web);
  two.paid.coupons = [{ coupon_id: '2', coupon_fee: 300, isFree: true }];
  two.refunds = [back('R20261011-0003 1000 03 11T23:59:58 0')];
  const three = order('20261011T132900-0003 1280 40202610110000000003 11T13:30:00');
  const old = order('20261008T101500-0044 800 37202610080000000009 08T10:15:00');
  old.refunds = [back('R20261011-0002 800 02 11T18:20:44 999999999')];
  return [one, two, three, old];
}

test('the bill of the vectors: coupons, fees, part refunds and the edge of the day', () => {
  const { bill: vector } = vectors;
  const made_ms = Date.parse('2026-10-12T09:00:00+08:00');
  const day = { bill_date: '20261011', type: 'ALL' } as const;
  const text = writeBill(vectorTrades(), day, made_ms);
  // How WeChat names the bank of a payment with coupons is not told; here it is always the same.
  const bankless = (csv = '') => csv.replace(/,`(OTHERS|CMB_CREDIT),/g, ',`,');
  assert.equal(bankless(text), bankless(Buffer.from(vector.csvBase64, 'base64').toString('utf8')));
});

describe('downloadbill', () => {
  const dayMs = 86_400_000;
  type Kit = Awaited<ReturnType<typeof aSandbox>>;

  async function download(kit: Kit, some: Record<string, string>): Promise<Buffer> {
    const body = signedCall({ bill_date: '20260930', ...some });
    const response = await fetch(`${kit.url}/pay/downloadbill`, { method: 'POST', body });
    return Buffer.from(await response.arrayBuffer());
  }

  async function aDay(t: Parameters<typeof aSandbox>[0]): Promise<Kit> {
    const kit = await aSandbox(t);
    await openOrder(kit);
    await openOrder(kit, { out_trade_no: 'T-unpaid' });
    await kit.control.pay({ out_trade_no: 'T20260930-0001' });
    await call(kit, '/secapi/pay/refund', {
      out_trade_no: 'T20260930-0001',
      out_refund_no: 'R-1',
      total_fee: '101',
      refund_fee: '1',
    });
    return kit;
  }

  test('the bill of a day is there from nine o’clock of the next, plain or as GZIP', async (t) => {
    const kit = await aDay(t);
    assert.match(String(await download(kit, {})), /No Bill Exist/);
    await kit.control.advance(14 * 3_600_000);
    assert.match(String(await download(kit, {})), /Bill Creating/);
    const empty = await aSandbox(t, { at: '2026-10-01T08:59:00+08:00' });
    assert.match(String(await download(empty, {})), /Bill Creating/);
    await kit.control.advance(dayMs - 14 * 3_600_000);
    const plain = await download(kit, {});
    assert.deepEqual([...plain.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    assert.equal(String(plain).match(/T20260930-0001/g)?.length, 2);
    assert.doesNotMatch(String(plain), /T-unpaid/);
    assert.deepEqual(gunzipSync(await download(kit, { tar_type: 'GZIP' })), plain);
    await kit.control.advance(92 * dayMs);
    assert.match(String(await download(kit, {})), /No Bill Exist/);
  });

  test('G27: a day without trade has none', async (t) => {
    const kit = await aSandbox(t);
    assert.equal(String(await download(kit, { bill_date: '20260929' })), golden('G27'));
  });

  test('objections have the bill’s own words', async (t) => {
    const kit = await aSandbox(t);
    const words = async (some: Record<string, string>) => String(await download(kit, some));
    assert.match(
      await words({ bill_type: 'X' }),
      /invalid bill_type[\s\S]*<error_code><!\[CDATA\[20001/,
    );
    assert.match(await words({ bill_date: '2026-09-30' }), /data format error/);
    assert.match(await words({ bill_date: '' }), /missing parameter/);
    assert.match(await words({ tar_type: 'ZIP' }), /data format error/);
    const merchant = { ...exampleMerchant, key: 'x'.repeat(32) };
    const body = signedCall({ bill_date: '20260930' }, { merchant });
    const forged = await fetch(`${kit.url}/pay/downloadbill`, { method: 'POST', body });
    assert.match(await forged.text(), /SIGN ERROR/);
    await kit.control.fault({ match: { call: 'downloadbill' }, kind: 'system_error' });
    assert.match(await words({}), /SYSTEMERROR/);
  });
});
