import type { WritePacket } from '@nestjs/microservices';
import { TimeoutError } from 'rxjs';

/** The call was not sent, so certainly not carried out; `cause` says why. */
export class Unsent extends Error {
  constructor(override readonly cause: unknown) {
    super('not sent', { cause });
  }
}

/**
 * Nest's `publish`: sends one call, hears what comes back for it, and gives what ends the hearing.
 * If the write fails it throws nothing, but calls `hear` with the error before it returns.
 */
type Publish = (hear: (packet: WritePacket) => void) => () => void;

/** A call that waits for its answer on one connection; it ends once. */
export class WaitingCall {
  /**
   * What comes back. Rejects with a TimeoutError if nothing does within `limitMsMax`, or the
   * connection is dead; and with Unsent around the reason if it was not sent.
   */
  readonly answer: Promise<unknown>;
  /** It may be made elsewhere: it is not sent yet, or safe to repeat. */
  canMove = true;
  private isSent = false;
  private isOver = false;
  private readonly timer: NodeJS.Timeout;
  private unsubscribe: (() => void) | undefined;
  private resolve: (answer: unknown) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  constructor(
    limitMsMax: number,
    private readonly onEnd: (call: WaitingCall) => void,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.timer = setTimeout(() => this.lose(), limitMsMax);
  }

  /** Sends it, unless it is over. */
  send(publish: Publish, isRepeatable: boolean): void {
    if (this.isOver) return;
    this.canMove = isRepeatable;
    // A write that fails is heard within `publish`, so `isSent` is set last: then it is Unsent.
    this.unsubscribe = publish((packet) => this.hear(packet));
    this.isSent = true;
  }

  lose(error: unknown = new TimeoutError()): void {
    this.end();
    this.reject(this.isSent ? error : new Unsent(error));
  }

  private hear({ err, response }: WritePacket): void {
    if (err) this.lose(err);
    else if (response === undefined) this.lose(new Error('it ended without an answer'));
    else {
      this.end();
      this.resolve(response);
    }
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.unsubscribe?.();
    this.onEnd(this);
  }
}
