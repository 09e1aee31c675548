// Idempotency-Keys: what is sent again under the same key is done once.

/** A random UUID, also where the page came over plain http and `randomUUID` is missing. */
export function drawKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
