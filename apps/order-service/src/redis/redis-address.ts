import { readUrls, type TcpAddress } from '@saoma/platform/config';
import { z } from 'zod';

/** A Redis server, or the sentinels that tell which server is the primary. */
export interface RedisAddress {
  /** One host; several only if they are sentinels. */
  readonly hosts: readonly TcpAddress[];
  /** What the sentinels call this Redis. Without it the host is the server. */
  readonly name: string | undefined;
  readonly username: string;
  readonly password: string;
  readonly db: number;
  readonly isEncrypted: boolean;
}

export const redisAddress = z.string().transform((text, context): RedisAddress => {
  const urls = readUrls(text);
  const [{ protocol = '', pathname = '', search, hash, username = '', password = '' } = {}] = urls;
  const [, tls, sentinel] = /^redis(s?)(\+sentinel)?:$/.exec(protocol) ?? [];
  const path = sentinel ? /^\/([\w.-]+)(?:\/([0-9]*))?$/ : /^()\/?([0-9]*)$/;
  const [, name, db] = path.exec(pathname) ?? [];
  const isWrong = tls === undefined || name === undefined || search || hash;
  if (isWrong || (urls.length > 1 && !sentinel)) {
    context.addIssue(
      'must be redis:// or rediss:// and user:password@host:port/number, or redis+sentinel:// ' +
        'or rediss+sentinel:// and user:password@host:port,host:port/name, without a parameter',
    );
    return z.NEVER;
  }
  return {
    hosts: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/[[\]]/g, ''),
      port: Number(port) || (sentinel ? 26_379 : 6_379),
    })),
    name: name || undefined,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    db: Number(db ?? 0),
    isEncrypted: tls === 's',
  };
});
