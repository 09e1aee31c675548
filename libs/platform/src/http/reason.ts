/** The proxy cannot be reached. `host`: its host and port, without who asks it. */
export class ProxyFailure extends Error {
  constructor(host: string, cause: Error) {
    super(`through the proxy ${host}: ${reasonOf(cause)}`, { cause });
  }
}

/** Why a request failed, in a few words. A time-out has a number for a code, which says nothing. */
export function reasonOf(error: Error & { code?: unknown }): string {
  const { code, name, message } = error;
  if (error instanceof ProxyFailure) return message;
  // The proxy has answered in place of the host; its code is that of any call that was given up.
  const status = /^Proxy response \(([0-9]+)\)/.exec(message)?.[1];
  if (status !== undefined) return `proxy: HTTP ${status}`;
  return typeof code === 'string' ? code : name;
}
