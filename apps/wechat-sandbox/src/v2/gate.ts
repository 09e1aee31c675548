import type { SignType } from '../merchant';
import type { Merchants } from '../merchants';
import { type Answer, refusal, type Visit } from './answer';
import type { Call } from './call';
import { breaksRule, lacksNumber, type Objection } from './rules';
import { isSigned } from './sign';
import { type Fields, readXml, XmlError } from './xml';

/**
 * WeChat's checks, in their order: parameters, merchant, sign_type, signature. Before them the
 * request was found to be a POST of readable XML. Whoever fails one of them has changed nothing.
 */
export function checkAtGate(
  fields: Fields,
  { rules, oneOf }: Pick<Call, 'rules' | 'oneOf'>,
  merchants: Merchants,
): Visit | Objection {
  const wrong = breaksRule(fields, rules) ?? (oneOf && lacksNumber(fields, oneOf));
  if (wrong) return wrong;

  const merchant = merchants.of(fields.get('mch_id') ?? '');
  if (!merchant) return { reason: 'merchant', words: '商户号mch_id或sub_mch_id不存在' };
  if (merchant.appid !== fields.get('appid')) {
    const known = merchants.all().some(({ appid }) => appid === fields.get('appid'));
    return { reason: 'merchant', words: known ? 'appid和mch_id不匹配' : 'appid不存在' };
  }
  const sign_type = signTypeOf(fields);
  if (!sign_type) return { reason: 'sign_type', words: 'PARAM_ERROR:sign_type' };
  const { key } = merchant;
  const isTaken = (merchant.sign_type ?? sign_type) === sign_type;
  if (!key || !isTaken || !isSigned(fields, key, sign_type)) {
    return { reason: 'sign', words: '签名错误' };
  }
  return { merchant, key, sign_type, fields };
}

export const isVisit = (checked: Visit | Objection): checked is Visit => 'merchant' in checked;

/** The elements of a request, or why it has none that can be read. */
export function readKnock(method: string, body: Buffer): Fields | Answer {
  if (method !== 'POST') return refusal('请使用post方法');
  if (body.length === 0) return refusal('post数据为空');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return refusal('编码格式错误');
  }
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlError) return refusal('XML格式错误');
    throw error;
  }
}

/** MD5 when the request names none; undefined for a name that does not exist. */
function signTypeOf(fields: Fields): SignType | undefined {
  const name = fields.get('sign_type') || 'MD5';
  return name === 'MD5' || name === 'HMAC-SHA256' ? name : undefined;
}
