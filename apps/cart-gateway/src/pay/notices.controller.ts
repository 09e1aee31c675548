import { Controller } from '@nestjs/common';
import { NoticeHeaders } from '@saoma/contracts/values';
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
  // Only these mean something; a client, a proxy or a browser sends many more.
  headers: z.object(NoticeHeaders.shape),
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

type Reported = Asked<typeof notify> | Asked<typeof refundNotify>;

/**
 * Where WeChat reports; either route takes either kind. The bytes go on as they came and the reply
 * goes back as it comes: what is in them is for others to read. Any failure is 503 or 500, and
 * WeChat comes again.
 */
@Controller()
export class NoticesController {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: NoticeClient) {}

  @Answers(notify)
  notify(notice: Asked<typeof notify>): Promise<string> {
    return this.handOn(notice);
  }

  @Answers(refundNotify)
  refundNotify(notice: Asked<typeof refundNotify>): Promise<string> {
    return this.handOn(notice);
  }

  private async handOn({ body, headers, reply }: Reported): Promise<string> {
    const notice = { body_base64: body.toString('base64'), headers };
    const answer = await this.gate.run(() => this.order.receiveNotice(notice));
    reply.code(answer.status).type(answer.type);
    return answer.body;
  }
}
