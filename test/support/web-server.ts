import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Child } from './child';
import { temporaryFolder } from './folders';
import { program } from './machine';
import { until } from './until';

const certificates = join(process.cwd(), 'test/vectors/certificates');

/** The program, its configuration file, and its arguments. */
const kinds = {
  nginx: (folder: string, text: string) => ({
    text: [
      'worker_processes 1; daemon off; error_log stderr;',
      `pid ${folder}/pid;`,
      'events { worker_connections 200; }',
      'http {',
      'access_log off; types { text/html html; text/javascript js; }',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      ),
      text,
      '}',
    ].join('\n'),
    args: ['-p', folder, '-e', 'stderr', '-c'],
  }),
  haproxy: (_folder: string, text: string) => ({ text: `${text}\n`, args: ['-db', '-f'] }),
} as const;

export type WebServerKind = keyof typeof kinds;

/** A web server before ours, with the configuration of a page or of a test. */
export class WebServer {
  private constructor(
    private readonly folder: string,
    private readonly child: Child,
    readonly port: number,
  ) {}

  /**
   * Starts it with what stands in `block`, on a port of its own in the place of 443, with a
   * certificate of the tests, before the gateways at other ports; or the one, for both.
   */
  static async start(
    kind: WebServerKind,
    block: string,
    ports: { readonly own: number; readonly gateways: readonly number[] },
  ): Promise<WebServer> {
    const folder = temporaryFolder(kind);
    const pem = ['host.pem', 'host.key'].map((name) => readFileSync(join(certificates, name)));
    writeFileSync(join(folder, 'shop.pem'), Buffer.concat(pem));
    const [first, second = first] = ports.gateways;
    const moved = block
      .replace(/(listen )443|(bind ):443/, `$1$2127.0.0.1:${ports.own}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${first}`)
      .replaceAll('127.0.0.1:3001', `127.0.0.1:${second}`)
      .replaceAll(/\/etc\/ssl\/shop\.(pem|key)/g, join(folder, 'shop.pem'));
    const { text, args } = kinds[kind](folder, moved);
    writeFileSync(join(folder, 'conf'), text);
    const command = { name: kind, file: program(kind), args: [...args, join(folder, 'conf')] };
    const server = new WebServer(folder, new Child(command), ports.own);
    await server.child.orEnds(until(`${kind} to listen`, () => isOpen(ports.own)));
    return server;
  }

  async stop(): Promise<void> {
    await this.child.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
