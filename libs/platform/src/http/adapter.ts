import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppError, type ErrorCode } from '@saoma/contracts/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readBodies } from './body';
import { problemOf } from './problem';
import { sendProblem } from './problem.filter';

export interface HttpLimits {
  /** A connection on which nothing moves for longer is closed. */
  readonly silenceMsMax: number;
  /** An idle connection is kept so long. */
  readonly keepAliveMs: number;
  /** More connections than this are refused. */
  readonly connectionsMax: number;
}

/** A client gets this long to send its headers, and this long for the whole request. */
const headersMsMax = 10_000;
const requestMsMax = 15_000;
const checkEveryMs = 2_000;

/** Sent with every answer; a page may loosen them for itself. */
const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-site',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Nest's Fastify adapter with bounded connections, bodies and waits, and problems as errors. */
export function httpAdapter(limits: HttpLimits): FastifyAdapter {
  const adapter = new FastifyAdapter({
    connectionTimeout: limits.silenceMsMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: limits.keepAliveMs,
    // What still arrives on an open connection at shutdown is answered, and its connection closed.
    return503OnClosing: false,
    http: {
      headersTimeout: headersMsMax,
      connectionsCheckingInterval: checkEveryMs,
      keepAlive: true,
    },
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(headers);
      sendProblem(reply, new AppError('request/malformed'));
    },
    clientErrorHandler: answerUnreadable,
  });
  const http: FastifyInstance = adapter.getInstance();
  http.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  readBodies(http);
  (http.server as Server).maxConnections = limits.connectionsMax;
  return adapter;
}

/** Node could not read it as HTTP at all, so that there is no request to reply to. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  const begun = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
    socket.destroy();
    return;
  }
  const code: ErrorCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request/too-slow' : 'request/malformed';
  const problem = problemOf(new AppError(code), 'en');
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? 'Request Timeout' : 'Bad Request'}\r\n` +
      'content-type: application/problem+json\r\nconnection: close\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
