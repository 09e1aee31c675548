import { Controller } from '@nestjs/common';
import { NoticeHeaders } from '@saoma/contracts/values';
import { Gate } from '@saoma/platform/gate';
import { z } from 'zod';
import { NoticeClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { noticeReply, paymentNotice, refundNotice } from './notice-examples';
import { Failure, failureOf, NoticeV3, refundNoticeV3 } from './notice-v3';

/** So many notices are under way at once; WeChat brings again what found no room. */
const limits = { inFlightMax: 32, lineMax: 1_000, lineMsMax: 5_000 };

const noticeV2 = z.string().meta({
  description: "A message of APIv2, at most 64 KiB: WeChat's fields, signed or encrypted.",
});
const notice = {
  method: 'POST',
  open: true,
  // Only these mean something; a client, a proxy or a browser sends many more.
  headers: z.object(NoticeHeaders.shape),
  description:
    'Either address takes notices of payments and of refunds, of APIv2 and of APIv3. The answer ' +
    'is in the API of the notice, which the header `Wechatpay-Signature` tells; the content ' +
    'type is ignored. WeChat repeats a notice until it is told that it has arrived.',
  answers: {
    200: z.string().meta({
      description:
        'To a notice of APIv2. SUCCESS only when the result is safely in the database; FAIL for ' +
        'a notice that is not from WeChat.',
      examples: [noticeReply],
    }),
    204: 'To a notice of APIv3: it is safely in the database, or means nothing here.',
    401: Failure.describe('To a notice of APIv3 that is not from WeChat.'),
  },
  type: 'text/xml',
  errors: ['service/unavailable'],
  failure: { body: Failure, of: failureOf },
} as const;

const notify = route({
  ...notice,
  path: '/pay/notify',
  summary: 'Receives a notice from WeChat, usually of a payment.',
  raw: { 'text/xml': noticeV2.meta({ examples: [paymentNotice] }), 'application/json': NoticeV3 },
});

const refundNotify = route({
  ...notice,
  path: '/pay/refundNotify',
  summary: 'Receives a notice from WeChat, usually of a refund.',
  raw: {
    'text/xml': noticeV2.meta({ examples: [refundNotice] }),
    'application/json': NoticeV3.meta({ examples: [refundNoticeV3] }),
  },
});

type Reported = Asked<typeof notify> | Asked<typeof refundNotify>;

/**
 * Where WeChat reports. The bytes go on as they came and the reply goes back as it comes: what is
 * in them is for others to read. After any failure, told in WeChat's words, WeChat comes again.
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
