import { randomUUID } from 'node:crypto';
import { beijingIso } from '../clock';
import type { Merchant } from '../merchant';
import type { Call, Office } from './call';
import { openField, sealField } from './cipher';
import { echoFields } from './fields';
import { merchantKey } from './merchant-key';
import { isRefusal, type Refusal, refusals } from './refusal';
import { readBody } from './rules';

/** Says back what it hears, in the open and encrypted: so a merchant finds out about its keys. */
export const echo: Call = {
  name: 'echo',
  method: 'POST',
  path: '/v3/security/echo',
  async act(visit, office) {
    const given = readBody(visit.body, echoFields);
    if (isRefusal(given)) return given;
    const encrypted = String(given.encrypted_echo_message ?? '');
    const asked = visit.reader.asked ?? '';
    const heard = encrypted && (await open(encrypted, { merchant: visit.merchant, asked, office }));
    if (typeof heard === 'object') return heard;
    const key = merchantKey(visit.merchant)?.publicKey;
    const sealed = heard && key ? sealField(heard, key) : undefined;
    const echo_message = String(given.echo_message);
    if (given.notify_url) {
      office.echoed(visit.merchant, String(given.notify_url), {
        id: randomUUID(),
        create_time: beijingIso(office.book.clock.now()),
        event_type: 'SECURITY_ECHO.SUCCESS',
        summary: '安全回显',
        original_type: 'security',
        plain: { echo_message, ...(sealed && { encrypt_echo_message: sealed }) },
      });
    }
    return { json: { echo_message, encrypted_echo_message: sealed } };
  },
};

/** What was encrypted for the key that the call names in `Wechatpay-Serial`. */
async function open(
  encrypted: string,
  { merchant, asked, office }: { merchant: Merchant; asked: string; office: Office },
): Promise<string | Refusal> {
  if (!asked) return refusals.noSerial;
  const key = await office.platform.keyNamed(merchant, asked);
  if (!key) return refusals.otherSerial;
  return openField(encrypted, key.privateKey) ?? refusals.notForThisKey;
}
