import { randomBytes } from 'node:crypto';

const ticketMsMax = 300_000;
const ticketsMax = 100;

interface Ticket {
  readonly mch_id: string;
  readonly file: Buffer;
  readonly end_ms: number;
}

/** Files that can be downloaded, each by one merchant and for five minutes of the book's time. */
export class Tickets {
  private readonly byToken = new Map<string, Ticket>();

  constructor(private readonly clock: { now(): number }) {}

  give(mch_id: string, file: Buffer): string {
    const token = randomBytes(48).toString('base64url');
    this.byToken.set(token, { mch_id, file, end_ms: this.clock.now() + ticketMsMax });
    const [oldest] = this.byToken.keys();
    if (this.byToken.size > ticketsMax && oldest) this.byToken.delete(oldest);
    return token;
  }

  take(token: string): Ticket | undefined {
    const ticket = this.byToken.get(token);
    return ticket && this.clock.now() < ticket.end_ms ? ticket : undefined;
  }

  forget(): void {
    this.byToken.clear();
  }
}
