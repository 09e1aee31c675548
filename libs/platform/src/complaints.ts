import type { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Seldom } from './seldom';

/** Tells why a neighbour is of no use, in its own words: once a minute for each kind of trouble. */
export class Complaints {
  private readonly seldom: Seldom;

  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    now?: () => number,
  ) {
    this.seldom = new Seldom(now);
  }

  /**
   * `what` is our part of the sentence; of `why` its code and message are told, never more; of an
   * error of our own those of its cause, or its words alone.
   * `example`: fields of the line, such as our numbers; they make no kind of trouble of their own.
   */
  tell(what: string, why: unknown, example?: object): void {
    const { code, message } = root(why);
    const words = [code, message].filter((word) => typeof word === 'string' && word !== '');
    const kind = `${what} ${typeof code === 'string' ? code : words.join(' ')}`;
    if (this.seldom.turnOf(kind) === undefined) return;
    const msg = words.length === 0 ? what : `${what}: ${words.join(': ')}`;
    this.logger.warn(example ? { ...example, msg } : msg);
  }
}

function root(why: unknown): { readonly code?: unknown; readonly message?: unknown } {
  if (!(why instanceof AppError)) return why ?? {};
  return why.cause instanceof Error ? root(why.cause) : { message: why.message };
}
