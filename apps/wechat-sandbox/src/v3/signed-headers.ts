import { randomBytes } from 'node:crypto';
import { type PlatformKey, strangersKey } from './platform-keys';
import { answerMessage, scheme, sign } from './sign';

/** What a signature probe begins with. */
const probe = 'WECHATPAY/SIGNTEST/';

/** The five headers of a signed message. Signatures live in real time, whatever the book's says. */
export function signedHeaders(
  body: string | Buffer,
  key: Pick<PlatformKey, 'serial' | 'privateKey'>,
  ageMs = 0,
): Record<string, string> {
  const timestamp = String(Math.floor((Date.now() - ageMs) / 1_000));
  const nonce = randomBytes(16).toString('hex');
  return {
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature': sign(answerMessage({ timestamp, nonce, body }), key.privateKey),
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Serial': key.serial,
    'Wechatpay-Signature-Type': scheme,
  };
}

/** `08` and hex digits, and WeChat's internal code: 0 for success. */
export const requestId = (internal: number): string =>
  `08${randomBytes(19).toString('hex').toUpperCase()}-${internal}`;

/** How a signature is spoilt. */
export interface Spoiling {
  readonly kind: string;
  readonly header?: string;
  readonly age_ms?: number;
  readonly present?: boolean;
}

interface Signed {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Signs a message as a fault says; truly where the fault is about something else. */
export async function signSpoilt(
  body: string,
  own: PlatformKey,
  spoiling: Spoiling | undefined,
): Promise<Signed> {
  const headers = signedHeaders(body, own);
  switch (spoiling?.kind) {
    case 'wrong_sign':
    case 'forged':
      return { body, headers: await forgedHeaders(body, own.serial) };
    case 'unknown_serial':
      return { body, headers: await forgedHeaders(body, nobodysSerial()) };
    case 'wrong_serial':
      return { body, headers: signedHeaders(body, { ...own, serial: nobodysSerial() }) };
    case 'missing_sign':
      return { body, headers: without(headers, 'Signature') };
    case 'missing_header':
      return { body, headers: without(headers, spoiling.header ?? 'Serial') };
    case 'sign_type':
      return { body, headers: spoiling.present ? headers : without(headers, 'Signature-Type') };
    case 'stale':
      return { body, headers: signedHeaders(body, own, spoiling.age_ms) };
    case 'tampered':
      return { body: tampered(body), headers };
    case 'probe': {
      const signature = probe + randomBytes(192).toString('base64');
      return { body, headers: { ...headers, 'Wechatpay-Signature': signature } };
    }
    default:
      return { body, headers };
  }
}

const forgedHeaders = async (body: string, serial: string) =>
  signedHeaders(body, { ...(await strangersKey()), serial });

const nobodysSerial = (): string => randomBytes(20).toString('hex').toUpperCase();

function without(headers: Record<string, string>, name: string): Record<string, string> {
  const { [`Wechatpay-${name}`]: _left, ...others } = headers;
  return others;
}

/** Another digit in place of the first one, or a blank more. */
function tampered(body: string): string {
  const other = body.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10));
  return other === body ? `${body} ` : other;
}
