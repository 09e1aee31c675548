import { hash, randomBytes } from 'node:crypto';
import { cookieOf, cookiesIn, fence } from './cookie';

/** Nobody guesses 192 bits. */
const keyBytes = 24;
/** Who has paid, or came too late, may look at it for so long. */
const lingerSeconds = 24 * 60 * 60;

/** The key of a `pay_url`: whoever brings it may see and pay that one payment. */
export function drawPayKey(): string {
  return randomBytes(keyBytes).toString('base64url');
}

/** What a key is known by: nothing else of it leaves the gateway, or is kept. */
export function payKeyHash(key: string): string {
  return hash('sha256', key, 'hex');
}

const cookieName = (out_trade_no: string) => `saoma_pay_${out_trade_no}`;

/** The hash of the key that a browser brings for this payment; undefined if it brings none. */
export function payKeyHashOf(header: string | undefined, out_trade_no: string): string | undefined {
  const key = cookieOf(header, cookieName(out_trade_no));
  return key === undefined ? undefined : payKeyHash(key);
}

/** The Set-Cookie header that keeps the key of a payment that expires then. */
export function keepPayKey(
  key: string,
  { out_trade_no, expire_time }: { readonly out_trade_no: string; readonly expire_time: string },
  secure: boolean,
): string {
  const leftSeconds = Math.max(0, Math.ceil((Date.parse(expire_time) - Date.now()) / 1_000));
  const maxAge = leftSeconds + lingerSeconds;
  return `${cookieName(out_trade_no)}=${key}; Max-Age=${maxAge}; ${fence(secure)}`;
}

/** A browser keeps the keys of so many payments: servers refuse headers of more than 8 KiB. */
const keysKeptMax = 20;

/**
 * The Set-Cookie headers that end the keys of the oldest payments, where a browser has many; never
 * of the one whose key is `kept`, however old that is.
 */
export function dropOldPayKeys(header: string | undefined, kept: string, secure: boolean) {
  const numbers = cookiesIn(header)
    .flatMap((pair) => /^saoma_pay_([0-9]{1,20})=/.exec(pair)?.[1] ?? [])
    .filter((out_trade_no) => out_trade_no !== kept)
    .sort((one, other) => other.length - one.length || (one < other ? 1 : -1));
  const old = numbers.slice(keysKeptMax - 1);
  return old.map((out_trade_no) => `${cookieName(out_trade_no)}=; Max-Age=0; ${fence(secure)}`);
}
