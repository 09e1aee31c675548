import type { IncomingMessage } from 'node:http';
import { AppError } from '@saoma/contracts/errors';
import type { Words } from '@saoma/contracts/words';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A larger body is refused. */
const bodyBytesMax = 65_536;
/** Of a larger body this much is read and dropped: many clients read no answer while they send. */
const drainedBytesMax = 4 * 1024 * 1024;

/** Marks a route that takes its body as bytes, whatever its content type: `config: rawBody`. */
export const rawBody = { rawBody: true } as const;

/** True for a route that takes its body as bytes. */
const isRaw = (request: FastifyRequest) =>
  (request.routeOptions.config as { rawBody?: true }).rawBody === true;

/**
 * Bodies are JSON in UTF-8, as they are; a route marked `rawBody` gets a Buffer instead. Another
 * type, charset or coding is 415, more than 64 KiB is 413, and what is not JSON in UTF-8 is 400.
 */
export function readBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser(
    'application/json',
    async (_: FastifyRequest, body: IncomingMessage) => {
      if (isCoded(body)) throw new AppError('request/wrong-type');
      return parse(await read(body));
    },
  );
  http.addContentTypeParser(rawType, (request: FastifyRequest, body: IncomingMessage) => {
    if (isRaw(request)) return read(body);
    throw new AppError('request/wrong-type');
  });
  http.addHook('onRequest', async (request) => {
    if (isRaw(request)) request.raw.headers['content-type'] = rawType;
  });
}

/** True for a body that is compressed, or in another charset than JSON's. */
function isCoded({ headers }: IncomingMessage): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  return Boolean(headers['content-encoding']) || !/^utf-?8$/i.test(charset ?? 'utf-8');
}

const rawType = 'application/octet-stream';

async function read(body: IncomingMessage): Promise<Buffer> {
  const announced = Number(body.headers['content-length'] ?? 0);
  if (announced > drainedBytesMax) throw new AppError('request/too-large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
      else if (bytes > drainedBytesMax) break;
    }
  } catch (cause) {
    throw new AppError('request/malformed', { detail: 'the body ended too early', cause });
  }
  if (bytes > bodyBytesMax) throw new AppError('request/too-large');
  return Buffer.concat(chunks);
}

/** An empty body is no body: many clients name a type for nothing. */
function parse(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), refuseProto);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('request/malformed', { detail: 'the body is not JSON in UTF-8' });
  }
}

const proto = '__proto__';
const notKept: Words = {
  en: 'No member may have this name, because it cannot be kept.',
  zh: '不能使用这个名称：无法保存。',
};

/** A schema passes over this member of a record in silence, and nothing that is sent is lost. */
function refuseProto(name: string, value: unknown): unknown {
  if (name !== proto) return value;
  throw new AppError('request/invalid', { issues: [{ path: proto, message: notKept }] });
}
