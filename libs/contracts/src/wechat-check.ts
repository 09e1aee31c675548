import { z } from 'zod';
import { Dialect, Word } from './values';

const Finding = z.strictObject({
  dialect: Dialect,
  about: Word('What was looked at.', {
    'request-key': 'Whether WeChat believes our signatures.',
    'answer-key': "Whether we believe WeChat's signatures.",
    clock: 'Whether the clock of the pay service is right.',
    'own-key': 'Whether what WeChat encrypts for the merchant can be read.',
    'api-key': 'Whether what WeChat encrypts with the APIv3 key can be read.',
    'notify-url': "Whether WeChat's notices arrive.",
    appid: 'Whether the appid belongs to the merchant number.',
    certificate: 'Until when a certificate is valid: wrong from two weeks before its end on.',
  }),
  is: Word('How it is.', {
    good: 'Proved.',
    bad: 'Wrong.',
    unproved: 'This check cannot show it; `says` tells what does.',
    unknown: 'WeChat has given no certain answer: check again.',
  }),
  says: z
    .string()
    .meta({ description: 'For a person.', examples: ['the clock of this machine is right'] }),
});

export const WechatCheck = z
  .strictObject({
    findings: z
      .array(Finding)
      .describe('One for each key and address, in the order of the checks.'),
  })
  .meta({
    id: 'WechatCheck',
    description: "What was found out about the merchant's keys and addresses, by asking WeChat.",
  });
