import { TcpProxy } from './tcp-proxy';

/**
 * Every connection of a system that a test can make bad: between services, and to the nodes of a
 * cluster, that of the first instances, to a single store and the shop that of all.
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

  /** The addresses of services by which each of their callers knows them; see `reached`. */
  async addresses(link: Link, ports: number[], isEach: boolean) {
    const reached = await this.reached(link, ports);
    return (caller: number) => {
      const inTurn = rotated(reached(caller), caller);
      const known = isEach ? reached(caller) : inTurn.slice(0, 1);
      return known.map((port) => `tcp://127.0.0.1:${port}`).join();
    };
  }

  /** The ports by which each caller reaches them: the first caller the first one by the link. */
  async reached(link: Link, ports: readonly number[]): Promise<(caller: number) => number[]> {
    const [first = 0, ...others] = ports;
    const proxy = await this.via(link, first);
    return (caller) => (caller === 0 ? [proxy, ...others] : [...ports]);
  }

  /** All of them pass again. */
  heal(): void {
    for (const proxy of this.proxies.values()) proxy.heal();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
  }
}

/** The same list, beginning at another place. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
