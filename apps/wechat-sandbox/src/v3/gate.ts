import type { Merchant } from '../merchant';
import { type MerchantKey, merchantKey } from '../merchant-key';
import type { Merchants } from '../merchants';
import { type Reader, refused, type Told } from './answer';
import { type Authorization, readAuthorization } from './authorization';
import type { Call, Incoming, Visit } from './call';
import { type Refusal, refusals } from './refusal';
import { breaksRules, parseObject } from './rules';
import { isSignedBy, requestMessage, scheme } from './sign';

const windowMs = 300_000;
/** Of the string to sign, so much of the body is told to who signed something else. */
const bodyShownBytes = 9;

/** A call and what was found in its path. */
export interface Way {
  readonly call: Call;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * WeChat's checks, in their order: agent, Authorization, scheme, time, serial, APIv3 key,
 * signature; what fails these is told without a signature. Then the merchant's number, path and
 * query. Whoever fails one of them has changed nothing.
 */
export function checkAtGate(incoming: Incoming, way: Way, merchants: Merchants): Visit | Told {
  const { call, params } = way;
  const isPay = call.path.startsWith('/v3/pay/');
  if (asksForAgent(call) && !(header(incoming, 'accept') && header(incoming, 'user-agent'))) {
    return refused(refusals.noAgent);
  }
  const authorization = readAuthorization(header(incoming, 'authorization'));
  if (!authorization) {
    const { internal: _none, ...withoutId } = refused(refusals.badPayAuthorization);
    return isPay ? withoutId : refused(refusals.badAuthorization);
  }
  const shown = checkKey(incoming, authorization, merchants);
  if ('status' in shown) return refused(shown);

  const reader: Reader = {
    merchant: shown.merchant,
    asked: header(incoming, 'wechatpay-serial'),
    subject: `${incoming.method} ${incoming.target}`,
  };
  const { body, origin } = incoming;
  const visit = { ...shown, reader, params, query: queryOf(incoming), body, origin };
  const wrong = checkParameters(visit, call);
  return wrong ? refused(wrong, reader) : visit;
}

export const isVisit = (checked: Visit | Told): checked is Visit => 'params' in checked;

export function header({ headers }: Incoming, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

const asksForAgent = ({ path }: Call): boolean =>
  /^\/v3\/(certificates|refund|bill)(\/|$)/.test(path);

function checkKey(
  incoming: Incoming,
  authorization: Authorization,
  merchants: Merchants,
): { merchant: Merchant; v3_key: string } | Refusal {
  if (authorization.scheme !== scheme) return refusals.badScheme;
  const ageMs = Date.now() - Number(authorization.timestamp) * 1_000;
  if (Math.abs(ageMs) > windowMs) return refusals.oldTimestamp;
  const merchant = merchants.of(authorization.mchid);
  if (!merchant) return refusals.wrongSerial;
  const key = merchantKey(merchant);
  if (!key) return refusals.noCertificate;
  const serial = authorization.serial_no.toUpperCase();
  if (serial !== key.serial) {
    const isReplaced = merchants.hasReplaced(merchant.mch_id, serial);
    return isReplaced ? refusals.replacedCertificate : refusals.wrongSerial;
  }
  if (key.expire_ms < Date.now()) return refusals.expiredCertificate;
  if (merchant.certificate_revoked) return refusals.revokedCertificate;
  if (!merchant.v3_key) return refusals.noV3Key;
  return checkSignature(incoming, authorization, key) ?? { merchant, v3_key: merchant.v3_key };
}

/** Tells what it would have signed: the best help that a client gets. */
function checkSignature(
  { method, target, body }: Incoming,
  { timestamp, nonce_str: nonce, signature }: Authorization,
  { publicKey }: MerchantKey,
): Refusal | undefined {
  const message = requestMessage({ method, target, timestamp, nonce, body });
  if (isSignedBy(message, signature, publicKey)) return undefined;
  const shownBytes = message.length - 1 - Math.max(0, body.length - bodyShownBytes);
  return {
    ...refusals.wrongSignature,
    detail: {
      detail: { issue: 'sign not match' },
      field: 'signature',
      location: 'authorization',
      sign_information: {
        method,
        sign_message_length: message.length,
        truncated_sign_message: `${message.subarray(0, shownBytes).toString('utf8')}\n`,
        url: target,
      },
    },
  };
}

function checkParameters(visit: Omit<Visit, 'reader'>, call: Call): Refusal | undefined {
  const { merchant, params, query, body } = visit;
  const mchid = call.method === 'POST' ? parseObject(body)?.mchid : query.get('mchid');
  if (typeof mchid === 'string' && mchid !== '' && mchid !== merchant.mch_id) {
    return refusals.otherMchid;
  }
  return (
    breaksRules(params, call.params ?? {}, { location: 'uri_template', path: '' }) ??
    breaksRules(Object.fromEntries(query), call.query ?? {}, { location: 'query', path: '' })
  );
}

function queryOf({ target }: Incoming): URLSearchParams {
  const at = target.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
}
