import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from '@saoma/platform/http/problem';
import { z } from 'zod';

const text = (description: string, example: string) =>
  z.string().meta({ description, examples: [example] });

/** What WeChat sends in APIv3, for readers of the OpenAPI document; nothing here reads it. */
export const NoticeV3 = z
  .object({
    id: text("WeChat's number of the notice.", '468040e9-b0cf-587e-92d5-817337b3102c'),
    create_time: text('When it was written, RFC 3339.', '2026-09-30T10:17:33+08:00'),
    resource_type: text('Always the same.', 'encrypt-resource'),
    event_type: text(
      'What has happened: `TRANSACTION.SUCCESS`, `REFUND.SUCCESS` ...',
      'TRANSACTION.SUCCESS',
    ),
    summary: text('The same for people.', '支付成功'),
    resource: z
      .object({
        original_type: text('What is encrypted.', 'transaction'),
        algorithm: text('How it is encrypted.', 'AEAD_AES_256_GCM'),
        ciphertext: text('The encrypted JSON and its tag, Base64.', 'Z1+fZaHB4Xgws80Dk/3fuXu8GA=='),
        associated_data: text('Authenticated beside it.', 'transaction'),
        nonce: text('Twelve characters, new each time.', '7ca816615394'),
      })
      .meta({ description: 'The news, encrypted with the APIv3 key.' }),
  })
  .meta({
    id: 'NoticeV3',
    description: 'A notice of APIv3, at most 64 KiB. Its signature is in the headers.',
  });

/** What the example of a notice of a refund has of its own. */
export const refundNoticeV3 = {
  event_type: 'REFUND.SUCCESS',
  summary: '退款成功',
  resource: {
    original_type: 'refund',
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: 'kD2Vm1nZ0cQ3tq0yqf5mC1mZxwE=',
    associated_data: 'refund',
    nonce: '4b1c6d2e9a07',
  },
};

/** By which WeChat knows that a notice of APIv3 has not arrived; it reads the status only. */
export const Failure = z
  .strictObject({
    code: z.literal('FAIL').describe('Always the same.'),
    message: text('Why, for people.', 'Not available now'),
  })
  .meta({ id: 'NoticeFailure', description: 'To a notice of APIv3 that could not be taken.' });

/** Who sent a notice of APIv3 is told in its words; everybody else by a problem. */
export function failureOf(
  { title }: Problem,
  headers: IncomingHttpHeaders,
): z.output<typeof Failure> | undefined {
  if (headers['wechatpay-signature'] === undefined) return undefined;
  return { code: 'FAIL', message: title };
}
