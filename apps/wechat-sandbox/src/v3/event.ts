import { seal } from './cipher';

/** One event before it is encrypted. */
export interface Event {
  readonly id: string;
  readonly create_time: string;
  readonly event_type: string;
  readonly summary: string;
  readonly original_type: 'transaction' | 'refund' | 'security';
  readonly plain: Readonly<Record<string, unknown>>;
}

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
