import { z } from 'zod';

/** WeChat did it. */
export const Done = z.strictObject({ outcome: z.literal('success') });
/** WeChat refused: a signed answer with an `err_code`, never a guess. */
export const No = z.strictObject({
  outcome: z.literal('no'),
  err_code: z
    .string()
    .describe(
      'In one spelling for both dialects: in that of v2, where v2 has the code. A code by which ' +
        'nobody judges is as it came.',
    ),
  err_code_des: z.string(),
});
/** Nobody can say what WeChat did: time-out, 5xx, SYSTEMERROR, bad signature, bad XML. */
export const Unknown = z.strictObject({
  outcome: z.literal('unknown'),
  reason: z.string(),
  other_account: z
    .literal(true)
    .optional()
    .describe('WeChat was not asked: it was told this number by another appid or mch_id.'),
});
