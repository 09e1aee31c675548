import { Controller } from '@nestjs/common';
import { Payment, payments } from '@saoma/contracts/payments';
import { MerchantOrderNo, Metadata, PaymentBody, ReturnUrl } from '@saoma/contracts/shop-order';
import { OutTradeNo, TotalFee, UserId } from '@saoma/contracts/values';
import { Proxies } from '@saoma/platform/http/proxies';
import { z } from 'zod';
import { drawPayKey, dropOldPayKeys, keepPayKey, payKeyHash } from '../auth/pay-key';
import { OrderClient } from '../clients';
import { GatewayConfig } from '../config';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const Opened = Payment.pick({
  out_trade_no: true,
  total_fee: true,
  expire_time: true,
  trade_state: true,
  closing: true,
  held: true,
  unknown_time: true,
})
  .extend({
    pay_url: z
      .url()
      .optional()
      .meta({
        description:
          'Where the payer pays. Whoever has it can see and pay this payment without sign-in, ' +
          'and nothing else. A repeat answers another one, and those of before stay good; at ' +
          'most 20 answers have one, the first among them.',
        examples: ['https://pay.example.com/pay.html?out_trade_no=281604172903043072#key=n0G2XFYc'],
      }),
  })
  .meta({ id: 'OpenedPayment', description: "The payment of an order of the shop's own." });

const openPayment = route({
  method: 'POST',
  path: '/api/payments',
  summary: "Opens a payment for an order of the shop's own.",
  description:
    'Safe to repeat: the same `merchant_order_no` of the same shop with the same content is the ' +
    'same payment, also while it is being closed. When it was closed unpaid, the number opens a ' +
    'new one. There are never two payments of one number that can be paid. A body has at most 64 ' +
    'KiB as it is sent: in UTF-8 what fits the other limits always fits, but with escapes ' +
    '(`\\u8336`: 6 bytes for a character of 3) it may be 413.',
  roles: ['shop'],
  body: z.strictObject({
    merchant_order_no: MerchantOrderNo,
    total_fee: TotalFee,
    body: PaymentBody,
    user_id: UserId.optional().describe('Who pays, if they sign in; by default the shop itself.'),
    return_url: ReturnUrl.optional(),
    metadata: Metadata.optional(),
  }),
  answers: {
    200: Opened.meta({ description: 'It was open, paid or being closed already.' }),
    201: Opened.meta({ description: 'It is new.' }),
  },
  errors: from(payments.methods.openPayment).errors,
});

const keyCharactersMax = 200;

const bringKey = route({
  method: 'POST',
  path: '/api/payments/:out_trade_no/key',
  summary: 'Changes the key of a `pay_url` for a cookie.',
  description:
    'For the pay page. With the cookie (`saoma_pay_` and the number) the payment can be seen, ' +
    'waited for and paid without sign-in until a day after `expire_time`. A wrong key is ' +
    'answered as a missing payment is.',
  open: true,
  params: z.strictObject({ out_trade_no: OutTradeNo }),
  body: z.strictObject({
    key: z
      .string()
      .min(1)
      .max(keyCharactersMax)
      .meta({ description: 'What follows `#key=`.', examples: ['n0G2XFYc'] }),
  }),
  answers: { 204: 'The key is good; the cookie is in `Set-Cookie`.' },
  errors: from(payments.methods.getPayment).errors,
});

/** Payments that a shop opens for orders of its own, and the way to them without sign-in. */
@Controller()
export class ShopOrdersController {
  constructor(
    private readonly order: OrderClient,
    private readonly config: GatewayConfig,
    private readonly proxies: Proxies,
  ) {}

  @Answers(openPayment)
  async openPayment({ user, body: asked, request, reply }: Asked<typeof openPayment>) {
    const { user_id: payer = user.user_id, return_url = null, metadata = null, ...order } = asked;
    const key = drawPayKey();
    const { is_new, key_kept, payment } = await this.order.openPayment({
      user_id: user.user_id,
      ...order,
      payer,
      return_url,
      metadata,
      pay_key_hash: payKeyHash(key),
    });
    if (is_new) reply.code(201);
    const { out_trade_no, total_fee, expire_time, trade_state } = payment;
    const { closing, held, unknown_time } = payment;
    // A fragment is sent to nobody: no log of any server has it, and no Referer.
    const url = this.config.publicUrlAt(request.raw.socket.localPort ?? this.config.PORT);
    const page = `${url}/pay.html?out_trade_no=${out_trade_no}`;
    const pay_url = key_kept ? { pay_url: `${page}#key=${key}` } : {};
    const standing = { expire_time, trade_state, closing, held, unknown_time };
    return { out_trade_no, total_fee, ...pay_url, ...standing };
  }

  @Answers(bringKey)
  async bringKey({
    params,
    body: { key },
    request,
    reply,
  }: Asked<typeof bringKey>): Promise<undefined> {
    const nobody = { user_id: null, operator: false };
    const bringing = { ...nobody, ...params, pay_key_hash: payKeyHash(key) };
    const payment = await this.order.getPayment(bringing);
    const isSecure = this.proxies.seen(request.raw).scheme === 'https';
    const dropped = dropOldPayKeys(request.headers.cookie, params.out_trade_no, isSecure);
    reply.header('set-cookie', [keepPayKey(key, payment, isSecure), ...dropped]);
  }
}
