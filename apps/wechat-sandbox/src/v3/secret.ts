import type { Office, Visit } from './call';
import { openField } from './cipher';
import { type Refusal, refusals } from './refusal';

/**
 * A field that was encrypted for the key that the call names in `Wechatpay-Serial`; what comes back
 * is its text, or why it cannot be read.
 */
export async function readSecret(
  encrypted: string,
  { merchant, reader }: Visit,
  { platform }: Office,
): Promise<string | Refusal> {
  if (!reader.asked) return refusals.noSerial;
  const key = await platform.keyNamed(merchant, reader.asked);
  if (!key) return refusals.otherSerial;
  return openField(encrypted, key.privateKey) ?? refusals.notForThisKey;
}
