import { z } from 'zod';
import { seal } from './cipher';

/** One event before it is encrypted. */
export const Event = z.strictObject({
  id: z.string(),
  create_time: z.string(),
  event_type: z.string(),
  summary: z.string(),
  original_type: z.enum(['transaction', 'refund', 'security']),
  plain: z.record(z.string(), z.unknown()),
});
export type Event = Readonly<z.output<typeof Event>>;

/** The body of a notice, with what it tells under the merchant's APIv3 key. */
export function writeEvent({ original_type, plain, ...head }: Event, v3_key: string) {
  const sealed = seal(JSON.stringify(plain), v3_key, original_type);
  const { algorithm, ciphertext, associated_data, nonce } = sealed;
  const { id, create_time, event_type, summary } = head;
  return {
    id,
    create_time,
    resource_type: 'encrypt-resource',
    event_type,
    summary,
    resource: { original_type, algorithm, ciphertext, associated_data, nonce },
  };
}
