import { Controller } from '@nestjs/common';
import { Gate } from '@saoma/platform/gate';
import { z } from 'zod';
import { NoticeClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { noticeReply, paymentNotice, refundNotice } from './notice-examples';

/** So many notices are under way at once; WeChat brings again what found no room. */
const limits = { inFlightMax: 32, lineMax: 1_000 };

const notice = {
  method: 'POST',
  open: true,
  raw: true,
  answers: {
    200: z.string().meta({
      description:
        'The reply to WeChat. SUCCESS only when the result is safely in the database; FAIL for a ' +
        'notice that is not from WeChat.',
      examples: [noticeReply],
    }),
  },
  type: 'text/xml',
  errors: ['service/unavailable'],
} as const;
const noticeBody = z.string().meta({
  description: "WeChat's signed message, at most 64 KiB; the content type is ignored.",
});

const notify = route({
  ...notice,
  path: '/pay/notify',
  summary: 'Receives a payment notice from WeChat.',
  body: noticeBody.meta({ examples: [paymentNotice] }),
});

const refundNotify = route({
  ...notice,
  path: '/pay/refundNotify',
  summary: 'Receives a refund notice from WeChat.',
  body: noticeBody.meta({ examples: [refundNotice] }),
});

/**
 * Where WeChat reports. The bytes go on as they came and the reply goes back as it comes: what is
 * in them is for others to read. Any failure is 503 or 500, and WeChat comes again.
 */
@Controller()
export class NoticesController {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: NoticeClient) {}

  @Answers(notify)
  async notify({ body }: Asked<typeof notify>): Promise<string> {
    const body_base64 = body.toString('base64');
    return (await this.gate.run(() => this.order.receiveNotice({ body_base64 }))).reply;
  }

  @Answers(refundNotify)
  async refundNotify({ body }: Asked<typeof refundNotify>): Promise<string> {
    const body_base64 = body.toString('base64');
    return (await this.gate.run(() => this.order.receiveRefundNotice({ body_base64 }))).reply;
  }
}
