import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../config';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Scripts, styles and data come from here alone; the QR code is drawn into a `data:` picture. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the storefront from memory: exactly its own files, so that no path leads elsewhere.
 * A browser asks each time whether its copy still holds.
 */
export function servePages(http: FastifyInstance, config: GatewayConfig): void {
  const folder = storefrontFolder();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(path)];
    if (!type) continue;
    const content = readFileSync(join(folder, path));
    const page = path === 'pay.html' ? withSandbox(content, sandboxOf(config)) : content;
    const paths = path === 'index.html' ? ['/', '/index.html'] : [`/${path.replaceAll('\\', '/')}`];
    for (const address of paths) serve(http, address, { type, content: page });
  }
  const content = readFileSync(require.resolve('qrious/dist/qrious.min.js'));
  serve(http, '/plugins/qrious.min.js', { type: types['.js'], content });
}

/** The pages need no build, so they stand beside the sources, wherever the compiled code is. */
function storefrontFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, 'apps/cart-gateway/storefront/public');
    if (existsSync(found)) return found;
  }
  throw new Error('apps/cart-gateway/storefront/public is missing');
}

/** In the demo a sandbox stands in WeChat's place, and a page can open its phone. */
function sandboxOf({ DEMO, WECHAT_API_URL }: GatewayConfig): string {
  if (!DEMO || !WECHAT_API_URL || !URL.canParse(WECHAT_API_URL)) return '';
  const { origin, hostname } = new URL(WECHAT_API_URL);
  return hostname.endsWith('.weixin.qq.com') ? '' : origin;
}

function withSandbox(page: Buffer, sandbox: string): Buffer {
  const place = '<meta name="sandbox" content="" />';
  const text = page.toString('utf8');
  if (!text.includes(place)) throw new Error(`pay.html lacks ${place}`);
  return Buffer.from(text.replace(place, `<meta name="sandbox" content="${sandbox}" />`));
}

interface File {
  readonly type: string | undefined;
  readonly content: Buffer;
}

function serve(http: FastifyInstance, path: string, { type, content }: File): void {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache',
    'content-security-policy': pagePolicy,
    etag,
  };
  http.get(path, (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(headers);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.send(content);
  });
}
