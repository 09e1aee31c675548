import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
} from '@nestjs/common';
import { AppError, type ErrorCode, errorKind } from '@saoma/contracts/errors';
import type { FastifyReply } from 'fastify';
import { currentTrace, traceIdOf } from '../traces/trace';
import { tellUnavailable } from '../unavailable';
import { languageOf, tags } from './language';
import { type Problem, problemOf } from './problem';
import { varyBy } from './vary';

/** The problem that a reply carried, for the access log. */
const told = new WeakMap<object, ErrorCode>();
export const problemToldBy = (raw: ServerResponse) => told.get(raw);

/** The JSON by which a caller is told of a problem; undefined: by the problem itself. */
export type OwnWords = (problem: Problem, headers: IncomingHttpHeaders) => object | undefined;

/** What a route says to a problem; there is none where no route was found. */
function ownWordsOf({ request }: FastifyReply, problem: Problem): object | undefined {
  const config = request.routeOptions?.config as { ownWords?: OwnWords } | undefined;
  return config?.ownWords?.(problem, request.headers);
}

/** Answers with a problem; a reply that has begun can only be cut off. */
export function sendProblem(reply: FastifyReply, error: AppError): void {
  if (reply.sent) {
    if (!reply.raw.writableEnded) reply.raw.destroy();
    return;
  }
  told.set(reply.raw, error.code);
  const language = languageOf(reply.request.headers['accept-language']);
  const trace = currentTrace();
  const problem = {
    ...problemOf(error, language),
    ...(trace !== undefined && { trace_id: traceIdOf(trace) }),
  };
  reply.header('content-language', tags[language]);
  varyBy(reply, 'accept-language');
  const { retryAfterSeconds } = errorKind(error.code);
  if (retryAfterSeconds) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  const own = ownWordsOf(reply, problem);
  reply.code(problem.status).type(own ? 'application/json' : 'application/problem+json');
  reply.send(JSON.stringify(own ?? problem));
}

/** What Nest and Fastify refuse by themselves; their messages may repeat input and stay here. */
const refusals: Readonly<Record<number, ErrorCode>> = {
  400: 'request/malformed',
  404: 'request/not-found',
  413: 'request/too-large',
  415: 'request/wrong-type',
};

/**
 * The one place where an error becomes an HTTP answer. What nobody expected is logged whole, here
 * and only here, and is `service/bug` to the client.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost): void {
    sendProblem(host.switchToHttp().getResponse<FastifyReply>(), this.known(error));
  }

  private known(error: unknown): AppError {
    if (error instanceof AppError) {
      tellUnavailable(error);
      return error;
    }
    const refusal = error instanceof HttpException ? refusals[error.getStatus()] : undefined;
    if (refusal) return new AppError(refusal);
    this.logger.error(error);
    return new AppError('service/bug');
  }
}
