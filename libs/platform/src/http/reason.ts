/** Why a request failed, in a few words. A time-out has a number for a code, which says nothing. */
export function reasonOf({ code, name, message }: Error & { code?: unknown }): string {
  // The proxy has answered in place of the host; its code is that of any call that was given up.
  const status = /^Proxy response \(([0-9]+)\)/.exec(message)?.[1];
  if (status !== undefined) return `proxy: HTTP ${status}`;
  return typeof code === 'string' ? code : name;
}
