import { Controller } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Payment, payments, Search, TradeState } from '@saoma/contracts/payments';
import { MerchantOrderNo } from '@saoma/contracts/shop-order';
import { Moment, OutTradeNo, UserId } from '@saoma/contracts/values';
import { sentence } from '@saoma/contracts/words';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { forOperatorsToo, onlyOperators } from '../rest/operators-only';
import { orNull, pageQuery } from '../rest/page-query';
import { type Asked, from, route } from '../rest/route';
import { paymentsCsv } from './payments-csv';

const params = z.strictObject({ out_trade_no: OutTradeNo });

const listed = forOperatorsToo(payments.methods.listPayments);
const listPayments = route({
  method: 'GET',
  path: '/api/payments',
  summary: 'My payments, newest first; for an operator the payments of all users.',
  query: z
    .strictObject({
      ...pageQuery,
      trade_state: orNull(TradeState),
      from: orNull(Moment.describe('Only payments created at this time or later.')),
      to: orNull(Moment.describe('Only payments created before this time; not before `from`.')),
      user_id: UserId.optional().describe(
        'For operators and auditors: only payments of this user.',
      ),
      q: Search.optional(),
      merchant_order_no: MerchantOrderNo.optional().describe(
        'For shops: only the payment of this order of my own; the latest, if others were closed ' +
          'unpaid before it.',
      ),
      format: z
        .enum(['json', 'csv'])
        .optional()
        .describe('`csv`: a file for spreadsheets, of at most 5,000 payments whatever `limit` is.'),
    })
    .refine(({ from, to }) => !from || !to || Date.parse(from) <= Date.parse(to), {
      path: ['from'],
      error: sentence('Must not be later than `to`.', '不能晚于 `to`。'),
    }),
  csv:
    'Payments for a spreadsheet, in UTF-8 with a byte order mark: amounts in yuan, times in ' +
    "Beijing's, and a tab behind long numbers so that none is rounded. If there are more, the " +
    'header `Link` (`rel="next"`) has the address of the next file.',
  answers: listed.answers,
  errors: [...listed.errors, 'auth/role-needed'],
});

const ofShops = 'a shop finds its own by merchant_order_no';
const ofOperators = 'only a shop may name merchant_order_no; operators and auditors search by q';

const getPayment = route({
  method: 'GET',
  path: '/api/payments/:out_trade_no',
  summary: 'One payment.',
  payKey: true,
  params,
  ...from(payments.methods.getPayment),
});

/** What the example of a payment that nobody has paid has of its own. */
const unpaid = { transaction_id: null, pay_time: null };

const closePayment = route({
  method: 'POST',
  path: '/api/payments/:out_trade_no/close',
  summary: 'Closes an unpaid payment, first at WeChat and then here.',
  description:
    'In the first minutes after its first code (`WECHAT_CLOSE_AFTER_MS`) WeChat refuses to close ' +
    'a payment that was opened in APIv2. The answer is then 202.',
  params,
  answers: {
    200: Payment.meta({
      description: 'It is closed.',
      examples: [{ ...unpaid, trade_state: 'CLOSED' }],
    }),
    202: Payment.meta({
      description: 'It will be closed later. No code is given out any more.',
      examples: [{ ...unpaid, trade_state: 'NOTPAY', closing: true }],
    }),
  },
  errors: from(payments.methods.closePayment).errors,
});

const askWechat = route({
  method: 'POST',
  path: '/api/payments/:out_trade_no/inquiry',
  summary: 'Asks WeChat now, and does what follows: settles it, closes it, or nothing.',
  description:
    'The answer comes within 15 s. If WeChat cannot be asked, `unknown_time` says since when. Of ' +
    'a paid payment WeChat is asked whether money went back of which nothing is written here ' +
    '(what cannot be written down is told as `refund-elsewhere`); ' +
    'whether its amount is right, which ends an `other-amount` about it; and of the refunds ' +
    'that are in progress, a moment later. Safe to repeat.',
  operator: true,
  params,
  ...from(payments.methods.askWechat),
});

const pageLimitMax = 100;

/** The same address, but of the next file. */
function nextOf(address: string, cursor: string): string {
  const next = new URL(address, 'http://gateway');
  next.searchParams.set('cursor', cursor);
  return next.pathname + next.search;
}

/** Payments as their owner, or an operator, sees them. */
@Controller()
export class PaymentsController {
  constructor(private readonly order: OrderClient) {}

  @Answers(listPayments)
  async listPayments({ user, query: asked, request, reply }: Asked<typeof listPayments>) {
    const { user_id: payer, format, ...query } = asked;
    onlyOperators(user, { user_id: payer, q: query.q }, ofShops);
    if (query.merchant_order_no !== undefined && !user.shop) {
      throw new AppError('auth/role-needed', { detail: ofOperators });
    }
    const wanted = { ...user, ...query, payer };
    if (format !== 'csv') return this.order.listPayments(wanted);
    const list = (cursor: string | null) =>
      this.order.listPayments({ ...wanted, cursor, limit: pageLimitMax, metadata: false });
    const { text, cursor } = await paymentsCsv(list, query.cursor);
    reply.type('text/csv; charset=utf-8');
    reply.header('content-disposition', 'attachment; filename="payments.csv"');
    if (cursor !== null) reply.header('link', `<${nextOf(request.url, cursor)}>; rel="next"`);
    return text;
  }

  @Answers(getPayment)
  getPayment({ user, params }: Asked<typeof getPayment>) {
    return this.order.getPayment({ ...user, ...params });
  }

  @Answers(askWechat)
  askWechat({ user, params }: Asked<typeof askWechat>) {
    return this.order.askWechat({ user_id: user.user_id, ...params });
  }

  @Answers(closePayment)
  async closePayment({ user, params, reply }: Asked<typeof closePayment>) {
    const { state, payment } = await this.order.closePayment({ ...user, ...params });
    if (state === 'waiting') reply.code(202);
    return payment;
  }
}
