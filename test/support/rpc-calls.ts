import type { TcpProxy } from './tcp-proxy';

/** A call names its method in its frame; probes of a connection are no calls. */
const call = /"pattern":"([a-z]+\.[A-Za-z]+)"/g;
/** A chunk may end within a name. */
const carriedMax = 60;

/** Counts the calls that pass proxies between services, by method. */
export class RpcCalls {
  private counts: Record<string, number> = {};

  constructor(proxies: readonly TcpProxy[]) {
    for (const proxy of proxies) this.hear(proxy);
  }

  restart(): void {
    this.counts = {};
  }

  /** How often each method was called since the start. */
  get byMethod(): Readonly<Record<string, number>> {
    return this.counts;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  private hear(proxy: TcpProxy): void {
    let carried = '';
    proxy.listen((bytes) => {
      const text = carried + bytes.toString('latin1');
      let end = 0;
      for (const match of text.matchAll(call)) {
        const [whole, method = ''] = match;
        this.counts[method] = (this.counts[method] ?? 0) + 1;
        end = match.index + whole.length;
      }
      carried = text.slice(Math.max(end, text.length - carriedMax));
    });
  }
}
