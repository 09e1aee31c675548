import { z } from 'zod';
import { sentence } from './words';

/** A whole number in a range, with one sentence for whatever does not fit. */
export function Whole(min: number, max: number) {
  const error = sentence(
    `Must be a whole number from ${min} to ${max}.`,
    `应为 ${min} 到 ${max} 的整数。`,
  );
  return z.int(error).min(min, error).max(max, error);
}

/** Money: an integer number of fen (1/100 yuan). */
export const Fen = z
  .int()
  .min(0)
  .meta({ id: 'Fen', description: 'An amount in fen (1/100 yuan).', examples: [5990] });
/** The largest payment: 1,000,000 yuan. */
export const totalFeeFenMax = 100_000_000;
export const TotalFee = Whole(1, totalFeeFenMax).meta({
  id: 'TotalFee',
  description: 'The amount of a payment or refund in fen: from 1 fen to 1,000,000 yuan.',
  examples: [5990],
});

export const Id = z
  .string()
  .regex(/^[0-9]{1,20}$/, sentence('Must be a number of 1 to 20 digits.', '应为 1 到 20 位数字。'))
  .meta({
    id: 'Id',
    description: 'A number as a string of 1-20 digits, because it can be larger than 2^53.',
    examples: ['281604172903043090'],
  });
export const ItemId = Id.meta({ description: 'The number of an item.', examples: ['1001'] });
export const OutTradeNo = Id.meta({
  description: 'The number of a payment.',
  examples: ['281604172903043072'],
});
export const OrderId = Id.meta({
  description: 'The number of an order.',
  examples: ['281604172903043073'],
});
/** Characters that can be seen, taken as they are: identities are never changed. */
export function Text(charactersMax: number) {
  return z
    .string()
    .regex(
      new RegExp(`^\\P{C}{1,${charactersMax}}$`, 'u'),
      sentence(
        `Must have 1 to ${charactersMax} characters, none of them invisible.`,
        `应为 1 到 ${charactersMax} 个字符，不能有看不见的字符。`,
      ),
    );
}
/** As long as OpenID Connect lets a `sub` be. */
export const userIdLengthMax = 255;
export const UserId = Text(userIdLengthMax).meta({
  id: 'UserId',
  description: "The user's id at the identity provider, compared byte for byte.",
  examples: ['shopper-1'],
});
export const IdempotencyKey = z
  .string()
  .regex(
    /^[\x20-\x7e]{1,64}$/,
    sentence(
      'Must have 1 to 64 printable ASCII characters.',
      '应为 1 到 64 个可打印的 ASCII 字符。',
    ),
  )
  .meta({
    id: 'IdempotencyKey',
    description: 'Chosen by the client: a repeated request with the same key is done only once.',
    examples: ['9f2c6c1e-5f0e-4f8b-9a53-0c8a4f1f6d11'],
  });
export const SellerId = z
  .string()
  .min(1)
  .max(64)
  .meta({
    id: 'SellerId',
    description: 'The id of the seller.',
    examples: ['chaye'],
  });

export const TransactionId = z
  .string()
  .regex(/^[0-9A-Za-z]{1,32}$/)
  .meta({
    id: 'TransactionId',
    description: "WeChat's number of a payment: 28 digits today, up to 32 characters.",
    examples: ['4200002001202609300000000001'],
  });
/** Any merchant's number of a payment as WeChat allows it; ours are `Id`s. */
export const AnyOutTradeNo = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,32}$/);
export const OutRefundNo = z
  .string()
  .regex(/^[0-9A-Za-z_\-|*@]{1,64}$/)
  .meta({
    id: 'OutRefundNo',
    description: 'The number of a refund, as WeChat allows it.',
    examples: ['281604172903043072-op-1'],
  });
export const CodeUrl = z
  .string()
  .min(1)
  .max(64)
  .meta({
    id: 'CodeUrl',
    description: 'The text to show as a QR code, which the payer scans with WeChat.',
    examples: ['weixin://wxpay/bizpayurl?pr=NwY5Mz9'],
  });

/**
 * Milliseconds that WeChat lets a code live, in either dialect: its pages of unifiedorder and of
 * Native prepay say two hours from that call, whenever the payment itself ends.
 */
export const codeLifeMs = 2 * 3_600_000;

/** The orders of a payment, as the column `order_list` holds them. */
export const OrderList = z.string().meta({
  description: 'The numbers of its orders, separated by commas, without spaces.',
  examples: ['281604172903043073'],
});

/** One of these words; the description says what each of them means. */
export function Word<const W extends string>(what: string, meanings: Readonly<Record<W, string>>) {
  const words = Object.keys(meanings) as W[];
  const list = words.map((word) => `- \`${word}\`: ${meanings[word]}`);
  return z.enum(words).describe([what, '', ...list].join('\n'));
}

const noMoment = sentence(
  'Must be a time such as 2026-09-30T02:17:33.000Z.',
  '应为时间，例如 2026-09-30T02:17:33.000Z。',
);
export const Moment = z.iso.datetime({ offset: true, error: noMoment }).meta({
  id: 'Moment',
  description: 'A time: ISO 8601 with offset.',
  examples: ['2026-09-30T02:17:33.000Z'],
});

export const CreateTime = Moment.meta({
  description: 'When it was created.',
  examples: ['2026-09-30T02:17:00.000Z'],
});

/** A page of a list, newest first; `cursor` is the one in the answer of the page before. */
export const Page = { cursor: Id.nullable(), limit: Whole(1, 100) };
export const pageLimitDefault = 20;
/** The `cursor` of a list's answer. */
export const NextCursor = Id.nullable().meta({
  description: 'The `cursor` to ask for the next page with; null: this is the last page.',
  examples: [null],
});

/** The user who asks. */
export const Owner = z.strictObject({ user_id: UserId });
/** The user who looks at their own payments, or as an operator at all (the gateway checks it). */
export const Viewer = Owner.extend({
  operator: z.boolean().describe("Whether the user may see other users' payments."),
  shop: z
    .literal(true)
    .optional()
    .describe('The user is a shop, and may see the payments that it has opened.'),
});
/** The SHA-256 of the key in a `pay_url`: nothing else of the key is ever told or kept. */
export const PayKeyHash = z.string().regex(/^[0-9a-f]{64}$/);
/** Who pays: a user, the shop itself, or (null) whoever brings the key of the payment. */
export const Payer = z.strictObject({
  user_id: UserId.nullable(),
  shop: Viewer.shape.shop,
  pay_key_hash: PayKeyHash.optional(),
});
/** Node reads no more than this of all headers together. */
const headerLengthMax = 16_384;
const NoticeHeader = (what: string, example: string) => {
  const text = z.string().max(headerLengthMax);
  return text.optional().meta({ description: `APIv3: ${what}`, examples: [example] });
};
/** The headers of a notice that mean something, as they came. */
export const NoticeHeaders = z.strictObject({
  'wechatpay-signature': NoticeHeader('the signature, Base64.', 'qVxb8Cg0n1T6iXqQ=='),
  'wechatpay-signature-type': NoticeHeader('how it is signed.', 'WECHATPAY2-SHA256-RSA2048'),
  'wechatpay-serial': NoticeHeader(
    'which key has signed.',
    'PUB_KEY_ID_0119000001092026093000000000000001',
  ),
  'wechatpay-timestamp': NoticeHeader('when it was signed, in seconds.', '1790734653'),
  'wechatpay-nonce': NoticeHeader('the nonce that was signed.', '6f9f23ad2338b8c78afb1173faf004ab'),
  'request-id': NoticeHeader("WeChat's number of the request.", '08EDF2D3CE061028-0'),
});
/** What WeChat has sent, byte for byte: at most 64 KiB. */
export const RawNotice = z.strictObject({
  body_base64: z.base64().max(88_000),
  headers: NoticeHeaders,
});
/** What WeChat is answered: an HTTP status, the content type, and the body. */
export const NoticeReply = z.strictObject({
  status: z.int().min(200).max(599),
  type: z.string(),
  body: z.string(),
});
/** An answer, or an input, without content. */
export const Nothing = z.strictObject({});
/** Milliseconds that a caller waits for the answer of an ordinary method. */
export const limitMsMax = 3_000;

/** The two APIs of WeChat Pay. They share one space of numbers and one book at WeChat. */
export const Dialect = z.enum(['v2', 'v3']);
export type Dialect = z.output<typeof Dialect>;
