import { demoSeconds } from './tokens';

/** The session cookie: the same token that a Bearer header would bring. */
export const cookieName = 'saoma_session';

/** The cookies in a Cookie header, `name=value` each. */
export const cookiesIn = (header: string | undefined): string[] =>
  (header ?? '').split(';').map((pair) => pair.trim());

/** The value of a cookie in a Cookie header; the first one if there are several. */
export function cookieOf(header: string | undefined, name = cookieName): string | undefined {
  const found = cookiesIn(header).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1) || undefined;
}

/** No script reads our cookies, no other site sends them, and over https they never leave it. */
export const fence = (secure: boolean) =>
  `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** The Set-Cookie header that keeps a session. */
export function keepCookie(token: string, secure: boolean): string {
  return `${cookieName}=${token}; Max-Age=${demoSeconds}; ${fence(secure)}`;
}

/** The Set-Cookie header that ends a session. */
export function dropCookie(secure: boolean): string {
  return `${cookieName}=; Max-Age=0; ${fence(secure)}`;
}
