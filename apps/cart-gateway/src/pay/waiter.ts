import type { Payment } from '@saoma/contracts/payments';
import { serverSentEvent } from '../rest/server-sent-event';
import type { User } from '../rest/user';

/** What a payment has become, told to many: its event is written once for all of them. */
export class News {
  private written: Buffer | undefined;

  constructor(readonly payment: Payment) {}

  /** As `text/event-stream` carries it. */
  get event(): Buffer {
    const { payment } = this;
    this.written ??= Buffer.from(
      serverSentEvent({ id: payment.trade_state, event: 'payment', data: payment }),
    );
    return this.written;
  }
}

/** Somebody who waits for a payment: a page that polls, or a stream. There are many of them. */
export abstract class Waiter {
  /**
   * `looking`: whether its user may see the payment is being asked. `admitted`: they may. `blind`:
   * nobody could say it; asked again as soon as the order service answers. `gone`: out of the room.
   */
  state: 'looking' | 'admitted' | 'blind' | 'gone' = 'looking';
  /** There were news while it was looking, so that what it saw may be old. */
  missed = false;
  /** Of the process's own clock; never the wall's, which may jump. */
  deadlineMs = Number.POSITIVE_INFINITY;

  constructor(
    readonly user: User,
    readonly out_trade_no: string,
  ) {}

  /** What its payment is now, also if that is not new to it. `none`: its user has no such one. */
  abstract tell(news: News | 'none'): void;

  /** It has left the room, because its time is over or the gateway stops. */
  abstract stop(): void;
}
