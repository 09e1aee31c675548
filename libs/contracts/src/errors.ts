import { type Language, sentence, type Words } from './words';

interface ErrorKind {
  /** The HTTP status that the gateway answers with. */
  readonly status: number;
  readonly title: Words;
  /** Seconds after which a repeat makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Every error that a caller can meet. Each code has its page in docs/problems. */
export const errors = {
  'request/malformed': {
    status: 400,
    title: { en: 'The request cannot be read', zh: '请求无法识别' },
  },
  'request/invalid': {
    status: 400,
    title: { en: 'The request is not valid', zh: '填写的内容有误' },
  },
  'request/too-large': {
    status: 413,
    title: { en: 'The body is too large', zh: '请求的内容太大' },
  },
  'request/wrong-type': {
    status: 415,
    title: { en: 'The body has the wrong content type', zh: '请求内容的类型不对' },
  },
  'request/too-slow': {
    status: 408,
    title: { en: 'The request took too long to arrive', zh: '请求到达得太慢' },
  },
  'request/not-found': {
    status: 404,
    title: { en: 'There is nothing at this address', zh: '这个地址没有内容' },
  },
  'auth/required': { status: 401, title: { en: 'Sign in first', zh: '请先登录' } },
  'auth/foreign-origin': {
    status: 403,
    title: { en: 'Requests from this origin are not allowed', zh: '请求来自其他网站，已被拒绝' },
  },
  'item/not-found': { status: 404, title: { en: 'There is no such item', zh: '没有这件商品' } },
  'cart/empty': { status: 409, title: { en: 'The cart is empty', zh: '购物车是空的' } },
  'cart/changed': {
    status: 409,
    title: { en: 'The cart has changed in the meantime', zh: '购物车刚刚有变动，请核对后再下单' },
  },
  'cart/too-large': { status: 409, title: { en: 'The cart is too large', zh: '购物车放不下了' } },
  'cart/off-sale': {
    status: 409,
    title: { en: 'The cart holds an item that is not sold now', zh: '购物车里有已下架的商品' },
  },
  'order/not-found': { status: 404, title: { en: 'There is no such order', zh: '没有这笔订单' } },
  'payment/not-found': {
    status: 404,
    title: { en: 'There is no such payment', zh: '没有这笔支付' },
  },
  'payment/number-reused': {
    status: 409,
    title: {
      en: 'This order number has a payment with another content',
      zh: '这个订单号已有一笔内容不同的支付',
    },
  },
  'payment/already-paid': {
    status: 409,
    title: { en: 'The payment is already paid', zh: '这笔支付已经付款' },
  },
  'payment/too-many-waiting': {
    status: 429,
    title: {
      en: 'Too many pages of this user are waiting already',
      zh: '打开的支付页过多，请先关闭几个',
    },
    retryAfterSeconds: 3,
  },
  'payment/not-paid': {
    status: 409,
    title: { en: 'The payment is not paid', zh: '这笔支付还没有付款' },
  },
  'refund/too-much': {
    status: 409,
    title: {
      en: 'The refund is more than what is left',
      zh: '退款金额超过了可退金额',
    },
  },
  'refund/perhaps-made': {
    status: 409,
    title: {
      en: 'A refund of this amount was made before a backup was restored',
      zh: '恢复备份之前已有一笔同样金额的退款',
    },
  },
  'anomaly/not-found': {
    status: 404,
    title: { en: 'There is no such anomaly', zh: '没有这条异常' },
  },
  'delivery/not-found': {
    status: 404,
    title: { en: 'There is no such delivery', zh: '没有这条消息' },
  },
  'reconciliation/not-found': {
    status: 404,
    title: { en: 'That day was not compared with its bill', zh: '这一天还没有对账' },
  },
  'reconciliation/no-file': {
    status: 404,
    title: { en: 'No such file is kept of that day', zh: '这一天没有保存这个文件' },
  },
  'reconciliation/no-such-bill': {
    status: 400,
    title: {
      en: 'WeChat has no bill of that day: it must be over, and less than three months ago',
      zh: '这一天没有账单：只能选三个月以内、已经过去的日期',
    },
  },
  'auth/operator-only': {
    status: 403,
    title: { en: 'Only an operator may do this', zh: '只有操作员可以这样做' },
  },
  'auth/role-needed': {
    status: 403,
    title: { en: 'This needs a role that you do not have', zh: '您没有所需的角色' },
  },
  'user/still-paying': {
    status: 409,
    title: {
      en: 'The user still has a payment that can be paid',
      zh: '该用户还有待付款的支付单',
    },
  },
  'auth/read-only': {
    status: 403,
    title: { en: 'An auditor changes nothing', zh: '审计员只能查看，不能更改' },
  },
  'idempotency/key-reused': {
    status: 409,
    title: {
      en: 'The Idempotency-Key was used with another body',
      zh: '这个请求已经提交过，但内容不同',
    },
  },
  'wechat/refused': {
    status: 409,
    title: { en: 'WeChat Pay refuses this payment', zh: '微信支付暂不受理这笔支付' },
  },
  'wechat/unavailable': {
    status: 503,
    title: { en: 'WeChat Pay is not available', zh: '暂时无法连接微信支付' },
    retryAfterSeconds: 3,
  },
  'service/unavailable': {
    status: 503,
    title: { en: 'A part of the system is not available', zh: '系统暂时不可用' },
    retryAfterSeconds: 3,
  },
  'service/bug': {
    status: 500,
    title: { en: 'Something went wrong on our side', zh: '系统出了点问题' },
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errors;

/** The details that shoppers are meant to read; any other says in English what programs need. */
export const details = {
  cartHasTooMany: sentence(
    'A cart holds at most 100 different items.',
    '购物车最多放 100 种商品。',
  ),
  cartCostsTooMuch: sentence(
    'It costs more than one payment can take.',
    '总金额超过了一笔支付的上限。',
  ),
  cartHasOffSale: sentence(
    'Take what is marked out of the cart, then order the rest.',
    '请先从购物车移除标出的商品，再下单。',
  ),
  cartIsOrdered: sentence(
    'A part of this cart has already been ordered.',
    '购物车里的部分商品已经下过单。',
  ),
  wechatRefused: sentence(
    'Nothing has been paid. The shop has been told, and can set it right.',
    '您没有被扣款。商家已收到通知，请稍后再试或联系商家。',
  ),
  wechatHasMoney: sentence(
    'WeChat has received money for it that the shop must look into. ' +
      'Do not pay it again: contact the shop.',
    '微信支付收到了与本单有关的款项，需要商家核实。请勿重复付款，请联系商家。',
  ),
} as const;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errors, code);
}

export function errorKind(code: ErrorCode): ErrorKind {
  return errors[code];
}

/** One thing that is wrong: where, and what. */
export interface Issue {
  readonly path: string;
  readonly message: Words;
}

/** All that is wrong, in one line. */
export function issuesText(issues: readonly Issue[], language: Language): string {
  const told = issues.map(({ path, message }) =>
    path ? `${path}: ${message[language]}` : message[language],
  );
  // Sentences for people have their full stop; what a service says of itself has none.
  return told.join('; ').replaceAll(/([.。]); /g, '$1 ');
}

/** An error as it crosses the RPC wire. */
export interface WireError {
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
  /** The call was certainly not carried out: it can be made again, at another instance. */
  readonly notDone?: true | undefined;
}

/** An error that a caller is meant to see; anything else thrown is `service/bug` to them. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly issues: readonly Issue[] | undefined;

  constructor(
    code: ErrorCode,
    more: Omit<WireError, 'code' | 'notDone'> & { cause?: unknown } = {},
  ) {
    const detail = more.detail ?? (more.issues && issuesText(more.issues, 'en'));
    super(detail ?? errors[code].title.en, { cause: more.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.issues = more.issues;
  }

  toWire(): WireError {
    return { code: this.code, detail: this.detail, issues: this.issues };
  }
}

/** A service, or what it needs, is away: nobody knows whether the call was carried out. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'service/unavailable';
}
