import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { details, errors } from '@saoma/contracts/errors';
import { allSentences } from '@saoma/contracts/words';
import { etagOf, isKnown } from '@saoma/platform/http/etag';
import { varyBy } from '@saoma/platform/http/vary';
import { projectPath } from '@saoma/platform/project';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../config';
import { consolePath, wholePage } from './layout';
import { qrPlugin, qrPluginPaths } from './qr-plugin';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Scripts, styles and data come from here alone, and pictures from these origins too; the QR code
 * is drawn into a `data:` picture.
 */
const policyOf = (pictureOrigins: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ["img-src 'self' data:", ...pictureOrigins].join(' '),
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const strictPolicy = policyOf([]);

/** What draws the console's chart: as its package has it. */
const packaged = [
  require.resolve('uplot/dist/uPlot.iife.min.js'),
  require.resolve('uplot/dist/uPlot.min.css'),
];

/**
 * Serves the storefront from memory: exactly its own files, so that no path leads elsewhere.
 * A browser asks each time whether its copy still holds.
 */
export function servePages(http: FastifyInstance, config: GatewayConfig): void {
  const folder = projectPath('apps/cart-gateway/storefront');
  const layout = readFileSync(join(folder, 'layout.html'), 'utf8');
  const bars = ['bar.html', 'console-bar.html'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  const pageOf = (own: string, address: string) => {
    const bar = bars[address.startsWith(consolePath) ? 1 : 0] ?? '';
    return Buffer.from(wholePage(layout, own, { address, bar, config }));
  };
  const shopPolicy = policyOf(config.pictureOrigins);
  const files = join(folder, 'public');
  for (const path of readdirSync(files, { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(path)];
    if (!type) continue;
    const own = readFileSync(join(files, path));
    const address = `/${path.replaceAll('\\', '/')}`.replace(/\/index\.html$/, '/');
    const content = type.startsWith('text/html') ? pageOf(own.toString('utf8'), address) : own;
    // The console shows no pictures of items.
    const policy = address.startsWith(consolePath) ? strictPolicy : shopPolicy;
    serve(http, address, { type, content, policy });
    if (address.endsWith('/')) serve(http, `${address}index.html`, { type, content, policy });
  }
  http.get(consolePath.slice(0, -1), (_request, reply) => reply.redirect(consolePath, 308));
  for (const file of packaged) {
    const content = readFileSync(file);
    serve(http, `/plugins/${basename(file)}`, { type: types[extname(file)], content });
  }
  const { STOREFRONT_QR: qr } = config;
  serve(http, qrPluginPaths[qr], { type: types['.js'], content: qrPlugin(qr) });
  serve(http, '/js/sentences.js', { type: types['.js'], content: sentencesScript() });
  const notFound = readFileSync(join(folder, 'not-found.html'), 'utf8');
  serveNotFound(http, pageOf(notFound, ''));
}

/**
 * What problems say, `[zh, en]`: pages show one in whichever language is chosen afterwards. What
 * pages say by themselves as well has its name.
 */
function sentencesScript(): Buffer {
  const told = [...Object.values(errors).map(({ title }) => title), ...allSentences()];
  const pairs = told.map(({ zh, en }) => [zh, en]);
  const held = pairs.find(([, en]) => en === details.wechatHasMoney);
  const scripts = Object.entries({ sentences: pairs, heldSentence: held }).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value, null, 2)};\n`,
  );
  return Buffer.from(scripts.join(''));
}

/** Who asks for a page at an unknown address is answered with one; programs get their problem. */
function serveNotFound(http: FastifyInstance, content: Buffer): void {
  http.addHook('onSend', async (request, reply, payload) => {
    if (!request.is404 || !wantsPage(request)) return payload;
    reply.removeHeader('content-language');
    reply.headers({
      'content-type': types['.html'],
      'content-security-policy': strictPolicy,
    });
    varyBy(reply, 'accept');
    return content;
  });
}

function wantsPage({ headers, url }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '') && !/^\/(api|pay)\//.test(url);
}

interface File {
  readonly type: string | undefined;
  readonly content: Buffer;
  readonly policy?: string;
}

function serve(http: FastifyInstance, path: string, file: File): void {
  const { type, content, policy = strictPolicy } = file;
  const etag = etagOf(content);
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    etag,
  };
  http.get(path, (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(headers);
    if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.send(content);
  });
}
