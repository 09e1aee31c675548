import { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { outbound, type Proxies } from '@saoma/platform/http/outbound';
import { singleFlight } from '@saoma/platform/single-flight';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { type Dispatcher, request } from 'undici';

const limits = { connectMsMax: 2_000, answerBytesMax: 262_144 };
const answerMsMax = 3_000;
/** Keys are asked for again when they are this old, so that one that was called back is found. */
const refreshMs = 600_000;
/** So long known keys go on being good while the identity provider is away. */
const goodMsMax = 86_400_000;
/** So often the provider is asked in a row; then once in every such while. */
const asksInRowMax = 3;
const askEveryMs = 2_000;

export type Keys = ReturnType<typeof createLocalJWKSet>;

/**
 * The identity provider's keys, kept here: it is asked when they grow old or a token names one that
 * is unknown, however many tokens come. A day without an answer passes unnoticed.
 */
export class KeySet {
  private readonly complaints = new Complaints(new Logger('sign-in'));
  private readonly agent: Dispatcher;
  private known: { readonly keys: Keys; readonly fetchedMs: number } | undefined;
  private failure: AppError | undefined;
  /** When as many asks as are allowed in a row may be made again. */
  private restedMs = 0;

  /** `now`: a clock that never steps back, milliseconds. */
  constructor(
    private readonly url: string,
    proxies: Proxies = {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.agent = outbound(proxies, limits);
  }

  /**
   * The keys that are good now: the same object until they are fetched anew, so that a verdict of
   * old ones is known by it. Fails with service/unavailable.
   */
  async keys(): Promise<Keys> {
    const ageMs = this.now() - (this.known?.fetchedMs ?? Number.NEGATIVE_INFINITY);
    if (this.known && ageMs < refreshMs) return this.known.keys;
    const asked = this.newer();
    if (!this.known || ageMs >= goodMsMax) return asked;
    // Waiting for a provider that is away would cost everybody the whole time limit.
    if (this.failure === undefined) return asked.catch(() => this.known?.keys ?? asked);
    asked.catch(() => undefined);
    return this.known.keys;
  }

  /**
   * The keys as the provider has them now, for a token whose key is unknown; the known ones if it
   * has just been asked too often. One question at a time, for all who want to know. Fails with
   * service/unavailable.
   */
  readonly newer = singleFlight(() => this.fetched());

  /** Writes down why keys cannot be had or used. */
  complain(error: unknown): void {
    const effect = this.known ? 'the known ones go on being good' : 'nobody can sign in';
    this.complaints.tell(`no keys from ${new URL(this.url).host}, ${effect}`, error);
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async fetched(): Promise<Keys> {
    if (!this.mayAsk()) {
      if (this.failure) throw this.failure;
      if (this.known) return this.known.keys;
    }
    try {
      const keys = createLocalJWKSet(await this.download());
      this.known = { keys, fetchedMs: this.now() };
      this.failure = undefined;
      return keys;
    } catch (cause) {
      const detail = 'the identity provider cannot be asked for its keys';
      this.failure = new AppError('service/unavailable', { detail, cause });
      this.complain(cause);
      throw this.failure;
    }
  }

  private mayAsk(): boolean {
    const restedMs = Math.max(this.restedMs, this.now()) + askEveryMs;
    if (restedMs > this.now() + asksInRowMax * askEveryMs) return false;
    this.restedMs = restedMs;
    return true;
  }

  private async download(): Promise<JSONWebKeySet> {
    const answer = await request(this.url, {
      headers: { accept: 'application/json, application/jwk-set+json', 'user-agent': 'saoma' },
      dispatcher: this.agent,
      // A connection that was kept may have died, and the name may lead elsewhere by now.
      reset: true,
      signal: AbortSignal.timeout(answerMsMax),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
    return JSON.parse(text) as JSONWebKeySet;
  }
}
