import type { No, Reason } from '../book/no';

/** A business "no" as APIv2 words it: it stands in a signed answer with `result_code` FAIL. */
export interface V2No {
  readonly err_code: string;
  readonly err_code_des: string;
}

const no = (err_code: string, err_code_des: string): V2No => ({ err_code, err_code_des });

/** What the book's reasons are called here. Codes are WeChat's; texts too where one was seen. */
const words: Readonly<Record<Reason, V2No>> = {
  notExist: no('ORDERNOTEXIST', 'order not exist'),
  alreadyPaid: no('ORDERPAID', '该订单已支付'),
  closeLost: no('ORDERPAID', 'order paid'),
  closed: no('ORDERCLOSED', '该订单已关闭'),
  otherParameters: no('INVALID_REQUEST', '201 商户订单号重复'),
  // WeChat names the five minutes but no code for them; this one sends the merchant to a query.
  closeTooEarly: no('TRADE_STATE_ERROR', '订单生成后5分钟内不能关闭'),
  refundOtherFee: no('REFUND_FEE_MISMATCH', '订单金额或退款金额与之前请求不一致'),
  refundOtherTotal: no('INVALID_REQUEST', '订单金额与原订单不一致'),
  refundedWhole: no('ERROR', '累计退款金额大于支付金额'),
  refundTooMuch: no('ERROR', '累计退款金额大于支付金额'),
  refundTooMany: no('ERROR', '退款次数超过限制'),
  refundTooSoon: no('FREQUENCY_LIMITED', '同一订单两次退款间隔不足1分钟'),
  refundTooLate: no('TRADE_OVERDUE', '订单已经超过退款期限'),
};

export const worded = ({ no: reason }: No): V2No => words[reason];

/** Every "no" that only this dialect knows. */
export const nos = {
  expiresTooSoon: no('INVALID_REQUEST', 'time_expire时间过短'),
  system: no('SYSTEMERROR', '系统错误'),
  refundNotExist: no('REFUNDNOTEXIST', 'not exist'),
  offsetTooFar: no('PARAM_ERROR', 'offset参数错误'),
} as const;
