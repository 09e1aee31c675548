import type { Payment } from '@saoma/contracts/payments';
import { serverSentEvent } from '../rest/server-sent-event';
import type { Payer } from '../rest/user';

/** `none`: there is no such payment for this user. `unknown`: nobody can say it just now. */
export type Seen = Payment | 'none' | 'unknown';

/** Who waits, and for what. */
export interface Waiting {
  readonly user: Payer;
  readonly out_trade_no: string;
}

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

/**
 * Somebody who waits for a payment: a page that polls, or a stream. There are many of them. A route
 * makes one and puts it into the `WaitingRoom`; `Admission` asks once whether its user may see the
 * payment, and shows it. If that decides nothing, the route hands it the reply and forgets the
 * request. From then on `Watch` asks for each payment, once for all who wait for it, and the room
 * announces it. A waiter leaves when its payment is decided, its time is over, or its client goes.
 *
 * `asking`: whether its user may see the payment is being asked. Then it is `admitted`, and is told
 * all news; or, if no payment was seen, `blind`: it is told nothing, since it may be a stranger's,
 * but keeps its place, and is `asking` again when the order service answers the net.
 * From anywhere it may be `gone`, out of the room, and that for good.
 */
export abstract class Waiter {
  readonly user: Payer;
  readonly out_trade_no: string;
  private current: 'asking' | 'admitted' | 'blind' | 'gone' = 'asking';
  private missed = false;

  constructor({ user, out_trade_no }: Waiting) {
    this.user = user;
    this.out_trade_no = out_trade_no;
  }

  /** Whose places it takes. A shop waits for many, and so do all who pay without sign-in. */
  get whose(): string {
    const { user_id, shop, pay_key_hash } = this.user;
    if (user_id === null) return `key ${pay_key_hash}`;
    return shop ? `shop ${this.out_trade_no} ${user_id}` : `user ${user_id}`;
  }

  get state() {
    return this.current;
  }

  /** There were news while it was not admitted, so that what it saw may be old. */
  get hasMissedNews(): boolean {
    return this.missed;
  }

  /** For `Admission` alone, and so is `endAdmission`. */
  beginAdmission(): void {
    this.moveTo('asking');
    this.missed = false;
  }

  endAdmission(seen: Seen): void {
    this.moveTo(typeof seen === 'object' ? 'admitted' : 'blind');
  }

  /** For the room alone. */
  missNews(): void {
    this.missed = true;
  }

  /** For the room alone, which it has left: `WaitingRoom.leave`. */
  markGone(): void {
    this.current = 'gone';
  }

  /** What its payment is now, also if that is not new to it. `none`: its user has no such one. */
  abstract tell(news: News | 'none'): void;

  /** The room has sent it home: its time is over, or the gateway stops. Its client is told so. */
  abstract sayGoodbye(): void;

  private moveTo(state: 'asking' | 'admitted' | 'blind'): void {
    if (this.current !== 'gone') this.current = state;
  }
}
