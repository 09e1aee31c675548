import { createHash } from 'node:crypto';

/** The tag of exactly this content. */
export function etagOf(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
}

/**
 * Whether a client has what `etag` stands for: If-None-Match is a list, a proxy that compresses
 * makes a tag weak, and the comparison is the weak one (RFC 9110, 13.1.2).
 */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch?.trim() === '*') return true;
  const tags: string[] = (ifNoneMatch ?? '').match(/"[^"]*"/g) ?? [];
  return tags.includes(etag.replace(/^W\//, ''));
}
