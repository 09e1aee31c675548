import { ConfigError } from './config';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Fails with a ConfigError that names `variable` if somebody else listens there already. */
export async function untaken<T>(
  variable: string,
  { host, port }: Place,
  listening: Promise<T>,
): Promise<T> {
  return listening.catch((cause: Error & { code?: unknown }) => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigError(`${variable}: port ${port} of ${host} is taken`, { cause });
  });
}
