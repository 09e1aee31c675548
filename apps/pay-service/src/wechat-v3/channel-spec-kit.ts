import type { aChannel } from './v3-spec-kit';
import { account, answer, appid, mchid, nowMs, shop } from './v3-spec-kit';

export const out_trade_no = '1234567890123456789';
export const transaction_id = '4200003141202610125550001234';
export const out_refund_no = '9876543210987654321';
export const trade = { out_trade_no, account };
export const payment = {
  out_trade_no,
  total_fee: 2500,
  create_time: new Date(nowMs).toISOString(),
  expire_time: new Date(nowMs + 1_800_000).toISOString(),
  now: new Date(nowMs).toISOString(),
};
export const refundRequest = {
  ...account,
  out_trade_no,
  transaction_id,
  out_refund_no,
  total_fee: 2500,
  refund_fee: 1000,
  reason: '商品已售完',
  notify_url: shop.refund_notify_url,
};
export const paths = {
  native: '/v3/pay/transactions/native',
  query: `/v3/pay/transactions/out-trade-no/${out_trade_no}`,
  close: `/v3/pay/transactions/out-trade-no/${out_trade_no}/close`,
  refund: '/v3/refund/domestic/refunds',
  refundQuery: `/v3/refund/domestic/refunds/${out_refund_no}`,
};
const code_url = 'weixin://wxpay/bizpayurl?pr=Tk7yQ2mB9xZ4aLw0';
export const unpaid = {
  amount: { payer_currency: 'CNY', total: 2500 },
  appid,
  mchid,
  out_trade_no,
  promotion_detail: [],
  trade_state: 'NOTPAY',
  trade_state_desc: '订单未支付',
};
export const paid = {
  ...unpaid,
  amount: { currency: 'CNY', payer_currency: 'CNY', payer_total: 2200, total: 2500 },
  success_time: '2026-10-12T09:35:12+08:00',
  trade_state: 'SUCCESS',
  transaction_id,
};
export const refunded = {
  amount: { currency: 'CNY', from: [], refund: 1000, refund_fee: 0, total: 2500 },
  out_refund_no,
  out_trade_no,
  refund_id: '50303605822026101298765432101',
  status: 'PROCESSING',
  transaction_id,
};

export type Channel = Awaited<ReturnType<typeof aChannel>>['channel'];
/** Each call: how it is made, where it goes, how WeChat grants it, and what the caller gets. */
export const calls = {
  createNative: {
    make: (channel: Channel) => channel.createNative(channel.prepareNative(payment)),
    path: paths.native,
    granted: answer(200, { code_url }),
    verdict: { outcome: 'success', code_url },
  },
  queryPayStatus: {
    make: (channel: Channel) => channel.queryPayStatus(trade),
    path: paths.query,
    granted: answer(200, paid),
    verdict: {
      outcome: 'success',
      trade_state: 'SUCCESS',
      paid: {
        out_trade_no,
        transaction_id,
        total_fee: 2500,
        fee_type: 'CNY',
        pay_time: '2026-10-12T09:35:12+08:00',
      },
    },
  },
  refund: {
    make: (channel: Channel) => channel.refund(refundRequest),
    path: paths.refund,
    granted: answer(200, refunded),
    verdict: { outcome: 'success', refund_id: refunded.refund_id },
  },
  queryRefund: {
    make: (channel: Channel) => channel.queryRefund({ out_trade_no, out_refund_no, account }),
    path: paths.refundQuery,
    granted: answer(200, { ...refunded, status: 'SUCCESS' }),
    verdict: {
      outcome: 'success',
      refund_status: 'SUCCESS',
      refund_fee: 1000,
      refund_id: refunded.refund_id,
      money: {
        out_trade_no,
        transaction_id: refunded.transaction_id,
        total_fee: refunded.amount.total,
      },
    },
  },
};
