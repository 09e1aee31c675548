import { randomUUID } from 'node:crypto';
import { beijingIso } from '../clock';
import { merchantKey } from '../merchant-key';
import type { Call } from './call';
import { sealField } from './cipher';
import { echoFields } from './fields';
import { isRefusal } from './refusal';
import { readBody } from './rules';
import { readSecret } from './secret';

/** Says back what it hears, in the open and encrypted: so a merchant finds out about its keys. */
export const echo: Call = {
  name: 'echo',
  method: 'POST',
  path: '/v3/security/echo',
  async act(visit, office) {
    const given = readBody(visit.body, echoFields);
    if (isRefusal(given)) return given;
    const encrypted = String(given.encrypted_echo_message ?? '');
    const heard = encrypted && (await readSecret(encrypted, visit, office));
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
