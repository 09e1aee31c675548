/** What WeChat sends and hears, for readers of the OpenAPI document; nothing here reads it. */
const element = (name: string, value: string) => `<${name}><![CDATA[${value}]]></${name}>`;
const message = (fields: Readonly<Record<string, string>>) =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => element(name, value))
    .join('')}</xml>`;

const merchant = { appid: 'wx0123456789abcdef', mch_id: '1900000109' };

export const paymentNotice = message({
  return_code: 'SUCCESS',
  result_code: 'SUCCESS',
  ...merchant,
  nonce_str: '5d2b6c2a8db53831f7eda20af46e531c',
  sign: 'B552ED6B279343CB493C5DD0D78AB241',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  trade_type: 'NATIVE',
  bank_type: 'OTHERS',
  total_fee: '5990',
  fee_type: 'CNY',
  cash_fee: '5990',
  transaction_id: '4200000001202609300000000001',
  out_trade_no: '281604172903043072',
  time_end: '20260930101733',
});

export const refundNotice = message({
  return_code: 'SUCCESS',
  ...merchant,
  nonce_str: 'TeqClE3i0mvn3DrK',
  req_info: 'T87GAHG17TGAHG1TGHAHAHA1Y1CIOA9UGJH1GAHV871HAGAGQYQQPOOJMXNBCXBVNMNMAJAA',
});

export const noticeReply = message({ return_code: 'SUCCESS', return_msg: 'OK' });
