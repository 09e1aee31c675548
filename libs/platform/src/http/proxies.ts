import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** A request as its client made it, whatever proxies were on its way. */
export interface Seen {
  readonly scheme: 'http' | 'https';
  /** As in the Host header: a name, or an address, maybe with a port. Empty if nobody said it. */
  readonly host: string;
  /** A proxy told of it; many leave the port of the host out. */
  readonly forwarded: boolean;
  readonly ip: string;
}

/** What the proxies say, nearest to the client first. */
interface Told {
  readonly ips: readonly string[];
  readonly schemes: readonly string[];
  readonly hosts: readonly string[];
}

/** The proxies (addresses or networks such as 10.0.0.0/8) that are trusted to tell who asks. */
export class Proxies {
  private readonly trusted = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.trusted.addAddress(address, family);
      else this.trusted.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * The first proxy's words count: no page can make a browser send them. The client's address is
   * the last one that no trusted proxy has, since anybody can write more before it.
   */
  seen({ headers, socket }: IncomingMessage): Seen {
    const { remoteAddress = '' } = socket;
    const own = 'encrypted' in socket ? 'https' : 'http';
    const { host = '' } = headers;
    if (!this.isTrusted(remoteAddress)) {
      return { scheme: own, host, forwarded: false, ip: remoteAddress };
    }
    const told = read(headers);
    const scheme = told.schemes[0]?.toLowerCase();
    return {
      scheme: scheme === 'https' || scheme === 'http' ? scheme : own,
      host: told.hosts[0] ?? host,
      forwarded: true,
      ip: this.clientOf(remoteAddress, told.ips),
    };
  }

  private clientOf(remoteAddress: string, ips: readonly string[]): string {
    let client = remoteAddress;
    for (const ip of [...ips].reverse()) {
      if (!this.isTrusted(client) || isIP(ip) === 0) return client;
      client = ip;
    }
    return client;
  }

  private isTrusted(ip: string): boolean {
    const family = isIP(ip);
    return family !== 0 && this.trusted.check(ip, family === 4 ? 'ipv4' : 'ipv6');
  }
}

/** `X-Forwarded-*`; `Forwarded` only without them, since most proxies let a client's own pass. */
function read(headers: IncomingMessage['headers']): Told {
  const list = (name: string) => split(String(headers[name] ?? ''), ',');
  const ips = list('x-forwarded-for').map(withoutPort);
  const schemes = list('x-forwarded-proto');
  const hosts = list('x-forwarded-host');
  if (ips.length + schemes.length + hosts.length > 0) return { ips, schemes, hosts };
  const elements = list('forwarded').map(pairsOf);
  const all = (name: string) => elements.flatMap((pairs) => pairs.get(name) ?? []);
  return { ips: all('for').map(withoutPort), schemes: all('proto'), hosts: all('host') };
}

/** One proxy's part of a `Forwarded` header: RFC 7239, section 4. */
function pairsOf(element: string): Map<string, string> {
  const pairs = split(element, ';').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    const text = value.join('=').trim();
    const quoted = /^"(.*)"$/.exec(text)?.[1];
    return [name.trim().toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? text];
  });
  return new Map(pairs);
}

/** The parts between separators that stand in no quotes; empty ones are left out. */
function split(text: string, separator: ',' | ';'): string[] {
  const part =
    separator === ',' ? /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g : /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g;
  return [...text.matchAll(part)].map(([found]) => found.trim()).filter((found) => found !== '');
}

/** `1.2.3.4:5`, `[2001:db8::1]:5` and `[2001:db8::1]` as the address that they have. */
function withoutPort(address: string): string {
  return (
    /^\[([^\]]*)\](:[0-9]*)?$/.exec(address)?.[1] ??
    /^([0-9.]+):[0-9]*$/.exec(address)?.[1] ??
    address
  );
}
