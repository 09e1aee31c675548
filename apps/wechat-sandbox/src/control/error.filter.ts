import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Log } from '@saoma/platform/log';

interface Reply {
  readonly sent: boolean;
  status(status: number): Reply;
  send(body: unknown): unknown;
}

/** Every error outside WeChat's own paths is `{ "error": "what is wrong" }`. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { status, message } = this.read(error);
    const reply = host.switchToHttp().getResponse<Reply>();
    if (!reply.sent) reply.status(status).send({ error: message });
  }

  /** HTTP's own refusals, a body too large among them, carry their status; the rest is a bug. */
  private read(error: unknown): { status: number; message: string } {
    if (error instanceof HttpException)
      return { status: error.getStatus(), message: error.message };
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    if (statusCode && statusCode < 500) return { status: statusCode, message: message ?? '' };
    this.log.error({ err: error }, 'a request failed');
    return { status: 500, message: 'a bug in the sandbox: see its log' };
  }
}
