import type { ServerResponse } from 'node:http';
import type { Log } from '@saoma/platform/log';

/** The answer of one HTTP request, before the framework has written any of it. */
export interface Reply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/**
 * Answers below the framework, for WeChat's own bytes and the faults in them. A bug is logged and
 * breaks the connection: nobody else can answer any more, and it must not look like a black hole.
 */
export async function answerRaw(
  reply: Reply,
  log: Log,
  serve: (out: ServerResponse) => void | Promise<void>,
): Promise<void> {
  reply.hijack();
  try {
    await serve(reply.raw);
  } catch (err) {
    log.error({ err, target: reply.raw.req.url }, 'a call failed');
    reply.raw.destroy();
  }
}
