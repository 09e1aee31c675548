import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { components } from '../../../dist/openapi.js';
import { Limit, pause } from './limit.js';
import { Problem } from './problem.js';

export type Payment = components['schemas']['Payment'];

export interface WaitOptions {
  /** Ends the wait, which then fails with its reason. */
  readonly signal?: AbortSignal;
  /** How long to wait (4 hours); then the wait fails with a `TimeoutError`. */
  readonly timeoutMs?: number;
  /**
   * Is given the payment as long as it is not decided: as it is at first, and each time that it is
   * told again, since it may be `held` or `closing` by then. What it throws ends the wait.
   */
  readonly onWaiting?: (payment: Payment) => void;
  /**
   * Is told why nothing is heard of the payment just now: the gateway cannot be reached, say. The
   * wait tries again by itself, and `onWaiting` or its end says that it is heard of. What it throws
   * ends the wait.
   */
  readonly onRetry?: (why: Problem) => void;
}

/** How a payment is looked at, and how news of it are heard. */
export interface Watched {
  get(signal: AbortSignal): Promise<Payment>;
  /** An answer whose body is still coming. */
  events(lastEventId: string | undefined, signal: AbortSignal): Promise<Response>;
}

/** Longer than any payment can be open that nobody is to decide by hand. */
const waitMsMax = 4 * 3_600_000;
/** The gateway sends a line every 15 s; a stream that is silent for longer has died. */
const silenceMsMax = 20_000;
/** The gateway tells the state at once: what says nothing by then is kept back by a proxy. */
const firstEventMsMax = 5_000;
const eventCharactersMax = 1_048_576;
const reconnectMsMax = 10_000;
const pollEveryMs = 3_000;
/** After streams that told nothing it looks so often by itself before it tries the next one. */
const looksMax = 20;
const pauseMsMax = 30_000;
const retryAfterMsMax = 60_000;

/** The payment, as soon as it is no longer `NOTPAY`. */
export async function decided(watched: Watched, options: WaitOptions): Promise<Payment> {
  const limit = new Limit(options.signal);
  limit.allow(options.timeoutMs ?? waitMsMax);
  try {
    return await new Wait(watched, limit, options).end();
  } finally {
    limit.end();
  }
}

/** Not all who wait come back at once. */
const spread = (ms: number) => ms * (0.75 + Math.random() / 2);

class Wait {
  private lastEventId: string | undefined;
  /** How soon to come back after a stream ends; the gateway may say otherwise. */
  private reconnectMs = 2_000;
  /** Streams in a row that told nothing; looks until the next one; failures in a row. */
  private deaf = 0;
  private looks = 0;
  private failures = 0;

  private readonly signal: AbortSignal;

  constructor(
    private readonly watched: Watched,
    private readonly limit: Limit,
    private readonly listeners: Pick<WaitOptions, 'onWaiting' | 'onRetry'>,
  ) {
    this.signal = limit.signal;
  }

  async end(): Promise<Payment> {
    for (;;) {
      const payment = this.looks === 0 ? await this.listen() : await this.look();
      if (payment) return payment;
    }
  }

  /** Hears of the payment until it is decided, or until the stream ends. */
  private async listen(): Promise<Payment | undefined> {
    const limit = new Limit(this.signal);
    limit.allow(firstEventMsMax);
    try {
      const payment = await this.read(await this.open(limit.signal), limit);
      if (payment) return payment;
    } finally {
      // It also closes the connection.
      limit.end();
    }
    this.signal.throwIfAborted();
    if (this.looks === 0) await pause(spread(this.reconnectMs), this.signal);
    return undefined;
  }

  /** The stream's body; undefined if there is none to be had just now. */
  private async open(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    try {
      const { headers, body } = await this.watched.events(this.lastEventId, signal);
      const isStream = headers.get('content-type')?.startsWith('text/event-stream');
      return isStream && body ? body : undefined;
    } catch (error) {
      await this.bear(error);
      return undefined;
    }
  }

  /** Reads until the payment is decided, or until nothing comes that can be read. */
  private async read(
    body: ReadableStream<Uint8Array> | undefined,
    limit: Limit,
  ): Promise<Payment | undefined> {
    this.deaf += 1;
    try {
      for await (const payment of body ? this.told(body, limit) : []) {
        this.deaf = 0;
        this.failures = 0;
        if (this.hasEnded(payment)) return payment;
      }
    } catch {
      // A stream that broke is like one that ended: the next one, or a look, tells the rest.
    }
    this.looks = this.deaf === 0 ? 0 : Math.min(2 ** this.deaf, looksMax);
    return undefined;
  }

  /** What the stream tells of the payment, as it comes. */
  private async *told(body: ReadableStream<Uint8Array>, limit: Limit): AsyncGenerator<Payment> {
    const events: EventSourceMessage[] = [];
    const parser = createParser({
      maxBufferSize: eventCharactersMax,
      onEvent: (event) => events.push(event),
      onRetry: (ms) => {
        this.reconnectMs = Math.min(ms, reconnectMsMax);
      },
    });
    const [reader, decoder] = [body.getReader(), new TextDecoder()];
    for (let hasTold = false; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { id, event, data } of events.splice(0)) {
        if (event !== 'payment') continue;
        hasTold = true;
        this.lastEventId = id;
        yield JSON.parse(data) as Payment;
      }
      if (hasTold) limit.allow(silenceMsMax);
    }
  }

  /** Whether it is decided; that it is not yet is told to whoever waits. */
  private hasEnded(payment: Payment): boolean {
    const { trade_state } = payment;
    if (typeof trade_state === 'string' && trade_state !== 'NOTPAY') return true;
    this.tell(() => this.listeners.onWaiting?.(payment));
    return false;
  }

  /** Whoever waits is told; what is thrown then ends the wait. */
  private tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.limit.end(error);
    }
  }

  private async look(): Promise<Payment | undefined> {
    this.looks -= 1;
    try {
      const payment = await this.watched.get(this.signal);
      if (this.hasEnded(payment)) return payment;
    } catch (error) {
      await this.bear(error);
      return undefined;
    }
    this.failures = 0;
    await pause(spread(pollEveryMs), this.signal);
    return undefined;
  }

  /** Waits after a failure that passes, ever longer; any other ends the wait. */
  private async bear(error: unknown): Promise<void> {
    this.signal.throwIfAborted();
    if (!(error instanceof Problem) || !error.isPassing) throw error;
    this.tell(() => this.listeners.onRetry?.(error));
    const askedMs = Math.min((error.retryAfter ?? 0) * 1_000, retryAfterMsMax);
    const ownMs = Math.min(500 * 2 ** this.failures, pauseMsMax);
    this.failures += 1;
    await pause(Math.max(askedMs, spread(ownMs)), this.signal);
  }
}
