import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy for https as companies have it: opens tunnels, and tells which were asked for. */
export class ConnectProxy {
  /** Where tunnels were asked to lead: `host:port`. */
  readonly asked: string[] = [];
  /** What was shown as Proxy-Authorization, tunnel by tunnel. */
  readonly credentials: (string | undefined)[] = [];
  /** How it answers from now on: opens the tunnel, refuses (407), or says nothing. */
  mood: 'open' | 'refuse' | 'silent' = 'open';
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer();

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.server.on('connect', (request, socket: Socket) => {
      proxy.asked.push(request.url ?? '');
      proxy.credentials.push(request.headers['proxy-authorization']);
      proxy.keep(socket);
      if (proxy.mood === 'refuse') socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      if (proxy.mood === 'open') proxy.tunnel(request.url ?? '', socket);
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private tunnel(to: string, from: Socket): void {
    const { hostname, port } = new URL(`http://${to}`);
    const target = connect(Number(port || 80), hostname, () => {
      from.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.pipe(from).pipe(target);
    });
    this.keep(target);
    target.on('error', () => from.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }
}
