import { randomInt } from 'node:crypto';
import { answerNonce } from '../book/numbers';
import type { Merchant, SignType } from '../merchant';
import type { V2No } from './no';
import { sign } from './sign';
import { type Fields, writeXml } from './xml';

/** Who speaks to us and how the answer is to be signed. */
export interface Visit {
  readonly merchant: Merchant;
  readonly key: string;
  readonly sign_type: SignType;
  readonly fields: Fields;
}

/** One answer before it is written: signed only when the visitor has shown the merchant's key. */
export interface Answer {
  readonly fields: Fields;
  readonly visit?: Visit;
}

/** Communication failed: nothing but these two elements, and no signature. */
export function refusal(return_msg: string): Answer {
  return { fields: new Map(Object.entries({ return_code: 'FAIL', return_msg })) };
}

/** The call worked; whether the business did is in `result_code`. */
export function business(visit: Visit, result: Record<string, string> | V2No): Answer {
  const fields = new Map(
    Object.entries({
      return_code: 'SUCCESS',
      return_msg: 'OK',
      appid: visit.merchant.appid,
      mch_id: visit.merchant.mch_id,
      nonce_str: answerNonce(),
      result_code: 'err_code' in result ? 'FAIL' : 'SUCCESS',
      ...result,
    }),
  );
  return { visit, fields };
}

/** Amounts and counts are bare integers in answers, everything else is CDATA. */
const bareInAnswers = (name: string) => /_(fee|count)(_[0-9]+)*$/.test(name);

/**
 * Writes an answer: signed with the algorithm of the request, without a `sign_type` of its own.
 * After the return code the elements come in any order, for a client must not rely on one.
 */
export function writeAnswer({ fields, visit }: Answer): string {
  if (!visit) return writeXml(fields, bareInAnswers);
  const signature = sign(fields, visit.key, visit.sign_type);
  return writeXml(shuffled(new Map(fields).set('sign', signature)), bareInAnswers);
}

function shuffled(fields: Fields): Fields {
  const [first, ...others] = fields;
  for (let at = others.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    const [a, b] = [others[at], others[other]];
    if (a && b) [others[at], others[other]] = [b, a];
  }
  return new Map(first ? [first, ...others] : []);
}
