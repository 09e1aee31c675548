import { ConfigError, type TcpAddress } from './config';

/** Fails with a ConfigError that names `variable` if somebody else listens there already. */
export async function untaken<T>(
  variable: string,
  { host, port }: TcpAddress,
  listening: Promise<T>,
): Promise<T> {
  return listening.catch((cause: Error & { code?: unknown }) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigError(`${variable}: port ${port} of ${host} is taken`, { cause });
  });
}
