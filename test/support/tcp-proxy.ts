import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { freePort } from './ports';

/**
 * What happens to the bytes of a proxy's connections. `black-hole`: they are read and dropped, the
 * connections stay, whatever either end does. `freeze`: they wait, and arrive when it is healed.
 * `refuse`: new connections are reset. `cut-answer`: the next answer is dropped and its connection
 * reset, so that the caller never learns what was done; then bytes pass again.
 */
type Mode = 'pass' | 'black-hole' | 'freeze' | 'refuse' | 'cut-answer';
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Nothing passes any more, and neither end is told. */
  isSilent: boolean;
}

/** A TCP proxy between two parts of the system, which makes the network as bad as a test needs. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private mode: Mode = 'pass';
  private delayMs = 0;
  private onAnswerCut: () => void = () => undefined;
  private onSent: (bytes: Buffer) => void = () => undefined;
  private cutAfterChunks = Number.POSITIVE_INFINITY;
  /** Connections that were cut in the middle, by `cutNextAnswer` or `cutAfter`. */
  cuts = 0;
  private readonly server: Server;

  private constructor(
    readonly port: number,
    private targetPort: number,
  ) {
    this.server = createServer((client) => this.accept(client));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(await freePort(), targetPort);
    proxy.server.listen(proxy.port, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** Bytes pass again; what a black hole swallowed stays lost. */
  heal(): void {
    if (this.mode === 'freeze') for (const { client, server } of this.pairs) thaw(client, server);
    this.mode = 'pass';
    this.delayMs = 0;
    this.cutAfterChunks = Number.POSITIVE_INFINITY;
  }

  /** Connections stay and new ones are taken, but nothing arrives any more. */
  blackHole(): void {
    this.mode = 'black-hole';
  }

  /** What a peer does that stands still: nothing arrives until it goes on, on any connection. */
  freeze(): void {
    this.mode = 'freeze';
    for (const { client, server } of this.pairs) stop(client, server);
  }

  /** What a forgetful firewall does: the connections that are there go silent, new ones pass. */
  silence(): void {
    for (const pair of this.pairs) pair.isSilent = true;
  }

  /** What a name does after a failover: new connections lead elsewhere, old ones stay. */
  leadTo(targetPort: number): void {
    this.targetPort = targetPort;
  }

  /** Resets every connection, and every new one until healed. */
  refuse(): void {
    this.mode = 'refuse';
    this.reset();
  }

  /** Resets every connection there is; new ones pass. */
  reset(): void {
    for (const pair of this.pairs) destroy(pair);
  }

  /**
   * Passes what is sent, drops the next answer and resets its connection; then all passes. Resolves
   * when that has happened.
   */
  cutNextAnswer(): Promise<void> {
    this.mode = 'cut-answer';
    return new Promise((resolve) => {
      this.onAnswerCut = resolve;
    });
  }

  /** Resets a connection when the `count`-th chunk from now on, in either direction, has passed. */
  cutAfter(count: number): void {
    this.cutAfterChunks = count;
  }

  /** Hears whatever clients send from now on, chunk by chunk. */
  listen(listener: (bytes: Buffer) => void): void {
    this.onSent = listener;
  }

  /** Each chunk arrives this much later. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.reset();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    if (this.mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = new Socket();
    const pair = { client, server, isSilent: false };
    this.pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // A broken connection is what the tests are about: its close is handed on below.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // The other end of a silent connection is not told.
        if (!this.isLost(pair)) destroy(pair);
        if (client.destroyed && server.destroyed) this.pairs.delete(pair);
      });
    }
    client.on('data', (bytes) => {
      this.onSent(bytes);
      this.carry(pair, server, bytes);
    });
    server.on('data', (bytes) => this.carry(pair, client, bytes));
    client.on('end', () => this.later(() => this.isLost(pair) || server.end()));
    server.on('end', () => this.later(() => this.isLost(pair) || client.end()));
    server.connect(this.targetPort, '127.0.0.1');
    if (this.mode === 'freeze') stop(client, server);
  }

  private carry(pair: Pair, to: Socket, bytes: Buffer): void {
    if (this.isLost(pair)) return;
    if (this.mode === 'cut-answer' && to === pair.client) {
      this.mode = 'pass';
      this.cuts += 1;
      destroy(pair);
      this.onAnswerCut();
      return;
    }
    const cut = this.countDown();
    this.later(() => {
      if (!to.destroyed) to.write(bytes);
      if (cut) destroy(pair);
    });
  }

  /** Whether what either end sends, or that it has gone, is lost. */
  private isLost({ isSilent }: Pair): boolean {
    return isSilent || this.mode === 'black-hole';
  }

  private later(work: () => void): void {
    if (this.delayMs > 0) setTimeout(work, this.delayMs);
    else work();
  }

  private countDown(): boolean {
    this.cutAfterChunks -= 1;
    if (this.cutAfterChunks > 0) return false;
    this.cutAfterChunks = Number.POSITIVE_INFINITY;
    this.cuts += 1;
    return true;
  }
}

const stop = (...sockets: Socket[]) => {
  for (const socket of sockets) socket.pause();
};
const thaw = (...sockets: Socket[]) => {
  for (const socket of sockets) socket.resume();
};

function destroy({ client, server }: Pair): void {
  for (const socket of [client, server].filter(({ destroyed }) => !destroyed)) {
    // A half-closed socket that is reset is never closed by Node, and then neither is the process.
    if (socket.writableEnded) socket.destroy();
    else socket.resetAndDestroy();
  }
}
