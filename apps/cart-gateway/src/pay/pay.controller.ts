import { Controller } from '@nestjs/common';
import { isPaid } from '@saoma/contracts/payments';
import { CodeUrl, Id, TotalFee } from '@saoma/contracts/values';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { GatewayConfig } from '../config';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import type { User } from '../rest/user';
import { Look } from './look';
import { NativeCode } from './native-code';
import { WaitingRoom } from './waiting-room';

const createNative = route({
  method: 'GET',
  path: ['/pay/createNative', '/pay/createNative.do'],
  summary: 'The code to scan, of the named payment or of my newest unpaid one; {}: nothing to pay.',
  query: z.strictObject({ out_trade_no: Id.optional() }),
  answers: {
    200: z.union([
      z.strictObject({ code_url: CodeUrl, total_fee: TotalFee, out_trade_no: Id }),
      z.strictObject({}),
    ]),
  },
  errors: ['payment/not-found', 'wechat/unavailable'],
});

/** The lesson's three messages. Its pages compare them, so they stay as they are to the byte. */
const paid = { success: true, message: '支付成功' };
const timedOut = { success: false, message: '二维码超时' };
const failed = { success: false, message: '支付出错' };

const queryPayStatus = route({
  method: 'GET',
  path: ['/pay/queryPayStatus', '/pay/queryPayStatus.do'],
  summary: 'Waits until it is known whether the payment is paid; at the latest until QR_WAIT_MS.',
  query: z.looseObject({
    out_trade_no: Id.optional().catch(undefined).describe('what is no number of mine fails'),
  }),
  answers: { 200: z.strictObject({ success: z.boolean(), message: z.string() }) },
});

/** The lesson's two routes of the pay page. */
@Controller()
export class PayController {
  constructor(
    private readonly code: NativeCode,
    private readonly room: WaitingRoom,
    private readonly look: Look,
    private readonly config: GatewayConfig,
  ) {}

  @Answers(createNative)
  async createNative({ user, query }: Asked<typeof createNative>) {
    return (await this.code.createNative(user.user_id, query.out_trade_no ?? null)) ?? {};
  }

  @Answers(queryPayStatus)
  async queryPayStatus({ user, query, reply }: Asked<typeof queryPayStatus>) {
    return query.out_trade_no ? this.wait(user, query.out_trade_no, reply) : failed;
  }

  private async wait(user: User, out_trade_no: string, reply: FastifyReply) {
    const place = this.room.enter(out_trade_no, this.config.QR_WAIT_MS);
    reply.raw.once('close', () => place.leave());
    try {
      do {
        const payment = await this.look.at(user, out_trade_no);
        place.blind = payment === 'unknown';
        if (payment === 'none') return failed;
        if (payment === 'unknown' || payment.trade_state === 'NOTPAY') continue;
        return isPaid(payment) ? paid : failed;
      } while ((await place.woken()) === 'look');
      return timedOut;
    } finally {
      place.leave();
    }
  }
}
