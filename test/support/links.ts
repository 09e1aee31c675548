import { TcpProxy } from './tcp-proxy';

/**
 * Every connection of a system that a test can make bad: between services that of the first
 * instances, to stores and shop that of all.
 */
export const everyLink = [
  'gateway>order',
  'gateway>pay',
  'order>pay',
  'order>database',
  'order>redis',
  'order>shop',
  'pay>wechat',
  'wechat>gateway',
] as const;
export type Link = (typeof everyLink)[number];

/** The proxies of a system, one for each connection that its test wants to make bad. */
export class Links {
  private readonly proxies = new Map<Link, TcpProxy>();

  constructor(private readonly wanted: readonly Link[] = []) {}

  /** A port through which `port` is reached: its own, or that of the proxy on this link. */
  async via(link: Link, port: number): Promise<number> {
    if (!this.wanted.includes(link)) return port;
    const proxy = await TcpProxy.start(port);
    this.proxies.set(link, proxy);
    return proxy.port;
  }

  get(link: Link): TcpProxy {
    const proxy = this.proxies.get(link);
    if (!proxy) throw new Error(`the system was started without a proxy for ${link}`);
    return proxy;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
  }
}
