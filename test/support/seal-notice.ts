import { type CipherKey, createCipheriv, randomBytes, randomUUID } from 'node:crypto';

/** How a notice differs from a good one: its resource, and what stands around that. */
export interface Twist {
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly envelope?: Readonly<Record<string, unknown>>;
  readonly associated_data?: string;
}

/**
 * A notice of APIv3 that says this under an APIv3 key, not signed yet; written a third time so that
 * neither the pay service nor the sandbox is its own judge.
 */
export function sealNotice(v3Key: CipherKey, plain: unknown, twist: Twist = {}): string {
  const { associated_data = 'transaction' } = twist;
  const nonce = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', v3Key, nonce);
  cipher.setAAD(Buffer.from(associated_data));
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain);
  const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return JSON.stringify({
    id: randomUUID(),
    create_time: '2026-11-25T12:00:00+08:00',
    resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    resource: {
      original_type: 'transaction',
      algorithm: 'AEAD_AES_256_GCM',
      ciphertext: sealed.toString('base64'),
      associated_data,
      nonce,
      ...twist.resource,
    },
    ...twist.envelope,
  });
}
