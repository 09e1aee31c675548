import { errCodeOf, isUndecided } from '../err-codes';
import { foreignWords } from '../foreign-words';
import { unknown } from '../unknown';
import type { No, Unknown } from '../wechat-channel';
import { isSignatureValid, type Merchant } from './sign';
import { type Fields, XmlError, xmlToMap } from './xml';

/** What WeChat's answer must be about. */
interface Asked {
  readonly merchant: Merchant;
  /** What we asked with: where the answer names one of these, it must be the same. */
  readonly echo: Readonly<Record<string, string>>;
}

const errCodeLengthMax = 32;

/**
 * Judges the body of an answer. Success and no are only what is signed with the key and algorithm
 * of our request and speaks of our merchant and numbers. An unsigned FAIL (that is how WeChat
 * answers a malformed request or a wrong signature) could be anybody's, so it decides nothing.
 */
export function processResponse(
  body: Uint8Array,
  asked: Asked,
): { outcome: 'success'; fields: Fields } | No | Unknown {
  let fields: Fields;
  try {
    fields = xmlToMap(body);
  } catch (error) {
    if (error instanceof XmlError) return unknown(`unreadable answer: ${error.message}`);
    throw error;
  }
  const return_code = fields.get('return_code');
  if (return_code === undefined) return unknown('answer without return_code');
  if (return_code === 'FAIL') return unknown(`FAIL: ${foreignWords(fields.get('return_msg'))}`);
  if (return_code !== 'SUCCESS') return unknown('answer with an unknown return_code');
  if (!isSignatureValid(fields, asked.merchant)) return unknown('answer with a wrong signature');
  return judge(fields, asked);
}

function judge(fields: Fields, { merchant, echo }: Asked) {
  if (fields.get('appid') !== merchant.appid) return unknown('answer with another appid');
  if (fields.get('mch_id') !== merchant.mch_id) return unknown('answer with another mch_id');
  // Answers to unifiedorder and closeorder name no number at all.
  for (const [name, value] of Object.entries(echo)) {
    if ((fields.get(name) || value) !== value) return unknown(`answer with another ${name}`);
  }
  const result_code = fields.get('result_code');
  if (result_code === 'SUCCESS') return { outcome: 'success', fields } as const;
  const err_code = fields.get('err_code');
  if (result_code !== 'FAIL' || !err_code) return unknown('answer without a result');
  if (isUndecided(err_code)) return unknown(err_code);
  return {
    outcome: 'no',
    err_code: errCodeOf(foreignWords(err_code, errCodeLengthMax)),
    err_code_des: foreignWords(fields.get('err_code_des')),
  } as const;
}
