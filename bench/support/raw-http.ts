import { connect, type Socket } from 'node:net';

/** An answer, read whole. */
export interface RawAnswer {
  readonly status: number;
  /** The status line and the headers, as they came. */
  readonly head: string;
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const answerMsMax = 60_000;
const headEnd = Buffer.from('\r\n\r\n');

/**
 * One kept-alive HTTP connection, one request at a time, with next to no work of its own: what the
 * bench measures is the server, and both ends share the machine. It reads only answers that say how
 * long they are.
 */
export class RawHttp {
  private socket: Socket | undefined;
  private unread: Buffer = Buffer.alloc(0);
  private settle: { resolve(answer: RawAnswer): void; reject(error: Error): void } | undefined;
  private readonly host: string;
  private readonly port: number;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.host = hostname;
    this.port = Number(port);
  }

  ask({ method, path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
    this.socket ??= this.connect();
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.host}:${this.port}\r\n`;
    for (const name of Object.keys(headers)) head += `${name}: ${headers[name]}\r\n`;
    if (body !== undefined) head += `content-length: ${Buffer.byteLength(body)}\r\n`;
    this.socket.write(`${head}\r\n${body ?? ''}`);
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private connect(): Socket {
    const socket = connect(this.port, this.host).setNoDelay(true);
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error('no answer')));
    socket.on('data', (bytes) => this.read(bytes));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
    return socket;
  }

  private fail(error: Error): void {
    this.socket = undefined;
    this.settle?.reject(error);
    this.settle = undefined;
  }

  private read(bytes: Buffer): void {
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    const end = this.unread.indexOf(headEnd);
    if (end < 0) return;
    const head = this.unread.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: *([0-9]+)/i.exec(head)?.[1] ?? 0);
    const from = end + headEnd.length;
    if (this.unread.length < from + length) return;
    const text = this.unread.toString('utf8', from, from + length);
    this.unread = this.unread.subarray(from + length);
    const { settle } = this;
    this.settle = undefined;
    settle?.resolve({ status, head, text });
  }
}
