import { Controller } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { z } from 'zod';
import { OrderClient, PayClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';

/** One look at the others serves everybody who asks within this time. */
const freshMs = 500;

const Health = z.strictObject({ status: z.literal('ok') });
const ok = { status: 'ok' } as const;

const live = route({
  method: 'GET',
  path: '/health/live',
  summary: 'The process answers.',
  open: true,
  answers: { 200: Health },
});

const ready = route({
  method: 'GET',
  path: '/health/ready',
  summary: 'The services behind it answer too.',
  open: true,
  answers: { 200: Health },
  errors: ['service/unavailable'],
});

/** For load balancers and supervisors. */
@Controller()
export class HealthController {
  private asked: { readonly atMs: number; readonly answer: Promise<void> } | undefined;

  constructor(
    private readonly order: OrderClient,
    private readonly pay: PayClient,
  ) {}

  @Answers(live)
  live(_: Asked<typeof live>) {
    return ok;
  }

  @Answers(ready)
  async ready(_: Asked<typeof ready>) {
    const now = performance.now();
    if (!this.asked || now - this.asked.atMs > freshMs) {
      this.asked = { atMs: now, answer: this.askOthers() };
    }
    await this.asked.answer;
    return ok;
  }

  /** Reads one row that is not there, and prepares a request that is never sent. */
  private async askOthers(): Promise<void> {
    const nobody = { out_trade_no: '0', total_fee: 1, expire_time: null };
    const create_time = new Date().toISOString();
    const calls = {
      order: this.order.lookPayments({ out_trade_nos: ['0'] }),
      pay: this.pay.prepareNative({ ...nobody, create_time }),
    };
    const results = await Promise.allSettled(Object.values(calls));
    const silent = Object.keys(calls).filter((_, at) => results[at]?.status === 'rejected');
    if (silent.length === 0) return;
    throw new AppError('service/unavailable', { detail: `no answer from: ${silent.join(', ')}` });
  }
}
