import { billTypes } from '../bill/tradebill';
import type { Rule, Rules } from './rules';

/** The fields of each call, with WeChat's names and limits. */
type TextLimits = Omit<Extract<Rule, { kind: 'text' }>, 'kind' | 'title'>;
const text = (title: string, limits: TextLimits = {}) =>
  ({ kind: 'text', title, ...limits }) as const;
const integer = (title: string, limits: { min?: number; required?: true } = {}) =>
  ({ kind: 'integer', title, ...limits }) as const;
const flag = (title: string) => ({ kind: 'flag', title }) as const;
const list = (title: string, item: Rule, limits: { itemsMin?: number } = {}) =>
  ({ kind: 'list', title, item, ...limits }) as const;
const group = (title: string, members: Rules, some: { required?: true; bytesMax?: number } = {}) =>
  ({ kind: 'group', title, members, ...some }) as const;

const required = { required: true } as const;
const idPattern = '^[0-9a-zA-Z_\\-\\|\\*]+$';
const urlPattern =
  '^https?://([^\\s/?#\\[\\]\\@]+\\@)?([^\\s/?#\\@:]+)(?::\\d{2,5})?([^\\s?#\\[\\]]*)$';
const timePattern =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d' +
  '(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)$';

const outTradeNo = { bytesMin: 6, bytesMax: 32, pattern: idPattern };
const currency = { bytesMax: 16, pattern: '^CNY$' };
const transactionId = text('微信支付订单号', { bytesMax: 32 });

const goods = group('单品', {
  merchant_goods_id: text('商户侧商品编码', {
    ...required,
    bytesMax: 32,
    pattern: '^[A-Za-z0-9\\-_]+$',
  }),
  wechatpay_goods_id: text('微信支付商品编码', { bytesMax: 32 }),
  goods_name: text('商品名称', { charsMax: 256 }),
  quantity: integer('商品数量', { ...required, min: 1 }),
  unit_price: integer('商品单价', { ...required, min: 0 }),
});

const scene = group('场景信息', {
  payer_client_ip: text('用户终端IP', { ...required, bytesMax: 45 }),
  device_id: text('商户端设备号', { bytesMax: 32 }),
  store_info: group('商户门店信息', {
    id: text('门店编号', { ...required, bytesMax: 32 }),
    name: text('门店名称', { charsMax: 256 }),
    area_code: text('地区编码', { bytesMax: 32 }),
    address: text('详细地址', { charsMax: 512 }),
  }),
});

export const nativeFields: Rules = {
  appid: text('公众账号ID', { ...required, bytesMax: 32 }),
  mchid: text('商户号', { ...required, bytesMax: 32 }),
  description: text('商品描述', { ...required, charsMax: 127 }),
  out_trade_no: text('商户订单号', { ...required, ...outTradeNo }),
  time_expire: text('支付结束时间', { bytesMax: 64, pattern: timePattern }),
  attach: text('附加数据', { bytesMax: 128 }),
  notify_url: text('通知地址', { ...required, bytesMax: 255, pattern: urlPattern }),
  goods_tag: text('订单优惠标记', { bytesMax: 32 }),
  support_fapiao: flag('电子发票入口开放标识'),
  amount: group(
    '订单金额',
    { total: integer('总金额', { ...required, min: 1 }), currency: text('货币类型', currency) },
    required,
  ),
  detail: group(
    '优惠功能',
    {
      cost_price: integer('订单原价', { min: 0 }),
      invoice_id: text('商品小票ID', { bytesMax: 32 }),
      goods_detail: list('单品列表', goods, { itemsMin: 1 }),
    },
    { bytesMax: 6_144 },
  ),
  scene_info: scene,
  settle_info: group('结算信息', { profit_sharing: flag('是否指定分账') }),
  limit_pay: list('指定支付方式', text('指定支付方式', { bytesMax: 32 })),
};

export const closeFields: Rules = { mchid: text('商户号', { ...required, bytesMax: 32 }) };

const outRefundNo = text('商户退款单号', {
  ...required,
  bytesMax: 64,
  pattern: '^[0-9a-zA-Z_\\-\\|\\*@]+$',
});

const refundGoods = group('退款商品', {
  merchant_goods_id: text('商户侧商品编码', { ...required, bytesMax: 32 }),
  wechatpay_goods_id: text('微信支付商品编码', { bytesMax: 32 }),
  goods_name: text('商品名称', { charsMax: 256 }),
  unit_price: integer('商品单价', { ...required, min: 0 }),
  refund_amount: integer('商品退款金额', { ...required, min: 0 }),
  refund_quantity: integer('商品退货数量', { ...required, min: 1 }),
});

const refundSource = group('退款出资账户及金额', {
  account: text('出资账户类型', { ...required, pattern: '^(AVAILABLE|UNAVAILABLE)$' }),
  amount: integer('出资金额', { ...required, min: 1 }),
});

export const refundFields: Rules = {
  transaction_id: transactionId,
  out_trade_no: text('商户订单号', outTradeNo),
  out_refund_no: outRefundNo,
  reason: text('退款原因', { charsMax: 80 }),
  notify_url: text('退款结果回调url', { bytesMax: 256, pattern: urlPattern }),
  funds_account: text('退款资金来源', { pattern: '^(AVAILABLE|UNSETTLED)$' }),
  amount: group(
    '金额信息',
    {
      refund: integer('退款金额', { ...required, min: 1 }),
      total: integer('原订单金额', { ...required, min: 1 }),
      currency: text('退款币种', { ...required, ...currency }),
      from: list('退款出资账户及金额', refundSource),
    },
    required,
  ),
  goods_detail: list('退款商品', refundGoods),
};

/** Of an encrypted field, in Base64. */
const secret = (title: string, some: { required?: true } = {}) =>
  text(title, { bytesMax: 1_024, ...some });
export const abnormalRefundFields: Rules = {
  out_refund_no: outRefundNo,
  type: text('异常退款处理方式', {
    ...required,
    pattern: '^(USER_BANK_CARD|MERCHANT_BANK_CARD)$',
  }),
  bank_type: text('开户银行', { bytesMax: 16 }),
  bank_account: secret('收款银行卡号'),
  real_name: secret('收款用户姓名'),
};
/** What has to be there when the money goes to a card of the payer. */
export const userCardFields: Rules = {
  bank_type: text('开户银行', { ...required, bytesMax: 16 }),
  bank_account: secret('收款银行卡号', required),
  real_name: secret('收款用户姓名', required),
};

export const echoFields: Rules = {
  notify_url: text('通知地址', { bytesMax: 255, pattern: urlPattern }),
  echo_message: text('回显消息', { ...required, charsMax: 1_024 }),
  encrypted_echo_message: text('加密回显消息', { bytesMax: 1_024 }),
};

/** What stands in a path, and in the query. */
export const outTradeNoInPath: Rules = {
  out_trade_no: text('商户订单号', { ...required, ...outTradeNo }),
};
export const transactionIdInPath: Rules = {
  transaction_id: text('微信支付订单号', { ...required, bytesMax: 32 }),
};
export const refundIdInPath: Rules = {
  refund_id: text('微信支付退款单号', { ...required, bytesMax: 32 }),
};
export const outRefundNoInPath: Rules = {
  out_refund_no: text('商户退款单号', { ...required, bytesMax: 64 }),
};
const billDate = text('账单日期', { ...required, pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const tarType = text('压缩类型', { pattern: '^GZIP$' });
export const tradebillQuery: Rules = {
  bill_date: billDate,
  bill_type: text('账单类型', { pattern: `^(${billTypes.join('|')})$` }),
  tar_type: tarType,
};
export const fundflowQuery: Rules = {
  bill_date: billDate,
  account_type: text('资金账户类型', { pattern: '^(BASIC|OPERATION|FEES)$' }),
  tar_type: tarType,
};
export const downloadQuery: Rules = { token: text('下载令牌', { ...required, bytesMax: 512 }) };
export const mchidInQuery: Rules = { mchid: text('商户号', { ...required, bytesMax: 32 }) };
