import type { No, Reason } from '../book/no';
import type { CallName } from '../call-name';

/** A "no" of APIv3: HTTP's status and the body's words. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** WeChat's internal code, the end of `Request-ID`. */
  readonly internal: number;
  readonly detail?: unknown;
}

/** Internal codes that merchants have seen, by what they mean. */
const internal = {
  parameter: 268435461,
  range: 268435464,
  signature: 268443699,
  appid: 268445527,
  rate: 268447840,
  paid: 268449538,
  reentry: 268498688,
  paidBefore: 268498689,
  unknown: 268512771,
  balance: 268892709,
  extra: 270924358,
} as const;

type Internal = keyof typeof internal;

function refusal(status: number, code: string, said: { message: string; internal: Internal }) {
  return { status, code, message: said.message, internal: internal[said.internal] };
}

const invalid = (message: string, about: Internal = 'parameter', code = 'INVALID_REQUEST') =>
  refusal(400, code, { message, internal: about });

const signError = (message: string): Refusal =>
  refusal(401, 'SIGN_ERROR', { message, internal: 'signature' });

/** What the book's reasons are called here. Codes are WeChat's; texts too where one was seen. */
const words: Readonly<Record<Reason, Refusal>> = {
  notExist: refusal(404, 'RESOURCE_NOT_EXISTS', { message: '订单不存在', internal: 'unknown' }),
  alreadyPaid: invalid('该订单已支付', 'paidBefore', 'ORDER_PAID'),
  closeLost: invalid('该订单已支付', 'paid', 'ORDER_PAID'),
  closed: invalid('该订单已关闭', 'parameter', 'ORDER_CLOSED'),
  closeTooEarly: invalid('订单生成后5分钟内不能关闭'),
  otherParameters: invalid('请求重入时，参数与首次请求时不一致', 'reentry'),
  refundOtherFee: invalid('订单金额或退款金额与之前请求不一致，请核实后再试'),
  refundOtherTotal: invalid('订单金额或退款金额与之前请求不一致，请核实后再试'),
  refundedWhole: invalid('订单已全额退款'),
  refundTooMuch: invalid('退款金额大于订单剩余可退金额'),
  refundTooMany: invalid('退款次数超过限制'),
  refundTooSoon: refusal(429, 'FREQUENCY_LIMITED', {
    message: '同一订单两次退款间隔不足1分钟',
    internal: 'rate',
  }),
  refundTooLate: invalid('订单已经超过退款期限', 'parameter', 'TRADE_OVERDUE'),
};

export const worded = ({ no }: No): Refusal => words[no];

const readMore = 'https://pay.weixin.qq.com/doc/v3/merchant/4012153196';

/** Every "no" that only this dialect knows. */
export const refusals = {
  noAgent: invalid('Http头缺少Accept或User-Agent'),
  badAuthorization: signError(
    'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》',
  ),
  badPayAuthorization: signError('签名信息错误，验签失败'),
  badScheme: signError('Http头Authorization认证类型不正确'),
  oldTimestamp: signError('Http头Authorization中的timestamp与发起请求的时间不得超过5分钟'),
  noCertificate: signError('商户未申请过证书。'),
  wrongSerial: signError('商户证书序列号有误。'),
  expiredCertificate: signError('商户证书已过期。'),
  revokedCertificate: signError('商户证书已作废。'),
  replacedCertificate: signError('已更换证书，请使用新证书'),
  noV3Key: signError('商户未设置APIv3密钥。'),
  wrongSignature: signError('签名错误，请检查后再试'),
  otherMchid: invalid('http header中的mchid与post payload中的mchid不匹配'),
  otherAppid: invalid('appid和mch_id不匹配，请检查后再试', 'appid', 'APPID_MCHID_NOT_MATCH'),
  extraMember: invalid('请求中含有未在API文档中定义的参数', 'extra'),
  orderNotExist: refusal(404, 'ORDER_NOT_EXIST', { message: '订单不存在', internal: 'unknown' }),
  otherOrder: invalid('微信支付订单号与商户订单号不匹配'),
  otherRefund: invalid('微信支付退款单号与商户退款单号不匹配'),
  notAbnormal: invalid('退款单状态不是退款异常，不能发起异常退款'),
  refundNotExist: refusal(404, 'RESOURCE_NOT_EXISTS', {
    message: '退款单不存在',
    internal: 'unknown',
  }),
  noBillOfThatDay: invalid('账单日期不合法：只能下载三个月内且早于今天的账单'),
  noStatement: invalid('请求的账单文件不存在', 'parameter', 'NO_STATEMENT_EXIST'),
  statementCreating: invalid('请求的账单正在生成中', 'parameter', 'STATEMENT_CREATING'),
  ticketExpired: invalid('下载链接已失效，请重新申请账单'),
  otherTicket: refusal(403, 'NO_AUTH', { message: '无权下载该账单', internal: 'parameter' }),
  noSerial: invalid('HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)'),
  otherSerial: invalid('平台证书序列号Wechatpay-Serial错误'),
  notForThisKey: invalid('敏感信息解密失败'),
  noPlatformCertificate: refusal(404, 'RESOURCE_NOT_EXISTS', {
    message: `无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。可查看指引${readMore}`,
    internal: 'parameter',
  }),
  system: refusal(500, 'SYSTEM_ERROR', {
    message: '系统异常，请稍后重试',
    internal: 'parameter',
  }),
  frequency: refusal(429, 'FREQUENCY_LIMITED', {
    message: '频率超过限制，请降低请求频率',
    internal: 'rate',
  }),
} as const satisfies Record<string, Refusal>;

/** A parameter that breaks its rule. */
export const paramError = (
  message: string,
  detail: { readonly location: string; readonly value: unknown },
): Refusal => ({ ...invalid(message, 'parameter', 'PARAM_ERROR'), detail });

/** The same for what is too long, too short, too small or too few. */
export const rangeError: typeof paramError = (message, detail) => ({
  ...paramError(message, detail),
  internal: internal.range,
});

/** The statuses of codes that are not 400, spelled without `_`. */
const statuses: Readonly<Record<string, number>> = {
  SIGNERROR: 401,
  NOAUTH: 403,
  NOTENOUGH: 403,
  OUTTRADENOUSED: 403,
  RULELIMIT: 403,
  TRADEERROR: 403,
  ACCOUNTERROR: 403,
  USERACCOUNTABNORMAL: 403,
  REQUESTBLOCKED: 403,
  ORDERNOTEXIST: 404,
  RESOURCENOTEXISTS: 404,
  FREQUENCYLIMITED: 429,
  SYSTEMERROR: 500,
  BIZERRNEEDRETRY: 500,
  BANKERROR: 500,
  OPENIDMISMATCH: 500,
  INVALIDTRANSACTIONID: 500,
};

/** A refund and its query say so by 404; to other calls it is 400. */
const refundStatuses: typeof statuses = { ...statuses, MCHNOTEXISTS: 404 };

const internals: Readonly<Record<string, Internal>> = {
  NOTENOUGH: 'balance',
  FREQUENCYLIMITED: 'rate',
};

/** A "no" that a test asks for by its code, with the status that WeChat gives it at this call. */
export function anyRefusal(code: string, message: string, call: CallName): Refusal {
  const plain = code.replaceAll('_', '');
  const known = plain === 'NOTENOUGH' ? '基本账户余额不足，请充值后重新发起' : code;
  const status = (call.startsWith('refund') ? refundStatuses : statuses)[plain] ?? 400;
  const about = internals[plain] ?? 'parameter';
  return refusal(status, code, { message: message || known, internal: about });
}

export const isRefusal = (result: object): result is Refusal =>
  'code' in result && 'internal' in result;
