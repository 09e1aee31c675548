import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Checkout } from '@saoma/contracts/orders';
import { Payment } from '@saoma/contracts/payments';
import { z } from 'zod';
import { type Ask, expected, UnexpectedAnswer } from '../../support/http';
import { aReceiver, Shopper, tea } from '../../support/shopper';
import type { Town } from '../soak/town';

/** The page's own limits (storefront/public/js). */
const requestMsMax = 8_000;
const codeMsMax = 20_000;
const waitMsMax = 15_000;
const shortMs = 3_000;
const pauseMsMin = 1_000;
const pauseMsMax = 4_000;
/** Somebody who has not got what they want by then has not got it. */
const patienceMsMax = 40_000;

const Native = z.looseObject({ code_url: z.string() });

/** One payer with one page, who asks and waits as the page does, at a balancer's address. */
export class Payer {
  /** Milliseconds from the first tap to the code, pauses of the reader's not counted. */
  codeMs = 0;
  /** Milliseconds from the payment to the page that says so. */
  newsMs = 0;
  out_trade_no = '';
  private shopper!: Shopper;
  private code_url = '';

  constructor(
    private readonly town: Town,
    private readonly url: string,
  ) {}

  /** What the payer does, in order; something may go wrong before or amid any of it. */
  get steps(): (() => Promise<void>)[] {
    return [() => this.fill(), () => this.order(), () => this.askCode(), () => this.pay()];
  }

  private async fill(): Promise<void> {
    await this.timed(async () => {
      this.shopper = await this.persist(() => Shopper.signIn(this.url));
      await this.put();
    });
  }

  private async order(): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { payment_type: '1', receiver: aReceiver };
    const { out_trade_no } = await this.timed(() =>
      this.persist(async () => {
        const answer = await this.ask('POST', '/api/orders', { body, headers });
        // The cart may have been lost with Redis: then it is filled again.
        if (answer.status === 409) await this.put();
        return Checkout.required().parse(expected(201, answer));
      }),
    );
    this.out_trade_no = out_trade_no;
  }

  private async askCode(): Promise<void> {
    const path = `/pay/createNative?out_trade_no=${this.out_trade_no}`;
    const { code_url } = await this.timed(() =>
      this.persist(async () =>
        Native.parse(expected(200, await this.ask('GET', path, { limitMs: codeMsMax }))),
      ),
    );
    this.code_url = code_url;
  }

  /** The page waits already while the payer takes the phone. */
  private async pay(): Promise<void> {
    const isOver = this.isTold();
    await this.town.system.sandbox.pay(this.code_url);
    const beganMs = performance.now();
    await isOver;
    this.newsMs = performance.now() - beganMs;
  }

  /** Waits and looks in turn, until the page may say that it is paid. */
  private async isTold(): Promise<void> {
    const deadline = performance.now() + patienceMsMax;
    while (performance.now() < deadline) {
      await this.reasonToLook();
      const { trade_state } = await this.persist(async () =>
        Payment.parse(expected(200, await this.ask('GET', `/api/payments/${this.out_trade_no}`))),
      );
      this.town.told.push({ out_trade_no: this.out_trade_no, trade_state });
      if (trade_state === 'SUCCESS') return;
    }
    throw new Error(`the page of ${this.out_trade_no} never heard of the money`);
  }

  private async reasonToLook(): Promise<void> {
    const beganMs = performance.now();
    const path = `/pay/queryPayStatus?out_trade_no=${this.out_trade_no}`;
    try {
      expected(200, await this.ask('GET', path, { limitMs: waitMsMax }));
    } catch {
      if (performance.now() - beganMs < shortMs) await pause(shortMs);
    }
  }

  private put(): Promise<unknown> {
    return this.persist(async () => {
      const body = { num: 1 };
      return expected(200, await this.ask('PUT', `/api/cart/items/${tea}`, { body })) ?? true;
    });
  }

  private ask(method: string, path: string, options: Ask = {}) {
    return this.shopper.ask(method, path, { limitMs: requestMsMax, ...options });
  }

  private async timed<T>(work: () => Promise<T>): Promise<T> {
    const beganMs = performance.now();
    const done = await work();
    this.codeMs += performance.now() - beganMs;
    return done;
  }

  /** Asks again what was not answered, ever more slowly. */
  private async persist<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + patienceMsMax;
    for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      try {
        return await work();
      } catch (error) {
        this.hear(error);
        if (performance.now() > deadline) throw new Error(`a payer was not served: ${error}`);
      }
      await pause(pauseMs);
    }
  }

  private hear(error: unknown): void {
    if (!(error instanceof UnexpectedAnswer) || error.answer.status !== 500) return;
    this.town.broken.push(`a fault of ours: ${error.message}`);
  }
}
