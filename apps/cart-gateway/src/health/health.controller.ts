import { Controller } from '@nestjs/common';
import { AppError, type Issue } from '@saoma/contracts/errors';
import { Dialect } from '@saoma/contracts/values';
import { version } from '@saoma/platform/project';
import { z } from 'zod';
import { OrderClient, PayClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';

/** One look at the others serves everybody who asks within this time. */
const freshMs = 500;

const Health = z
  .strictObject({
    status: z.literal('ok').describe('Always `ok`; a failure is not a 200.'),
    version: z.string().meta({
      description: 'The release of this gateway; with `-dev` what is on its way to it.',
      examples: ['0.2.0'],
    }),
  })
  .meta({ id: 'Health', description: 'It works.' });
const ok = { status: 'ok', version } as const;

const Readiness = Health.extend({
  dialect: Dialect.describe('The API of WeChat Pay that everything new speaks.'),
}).meta({ id: 'Readiness', description: 'Payments can be made.' });

const live = route({
  method: 'GET',
  path: '/health/live',
  summary: 'Whether this process answers.',
  open: true,
  answers: { 200: Health },
});

const ready = route({
  method: 'GET',
  path: '/health/ready',
  summary: 'Whether payments can be made.',
  description:
    'Checks that the other services answer, that the database and Redis take writes and that the ' +
    'order service and the database agree on the time. If not, `issues` says what does not work, ' +
    'and why.',
  open: true,
  answers: { 200: Readiness },
  errors: ['service/unavailable'],
});

/** For load balancers and supervisors. */
@Controller()
export class HealthController {
  private asked: { readonly atMs: number; readonly answer: Promise<Dialect> } | undefined;

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
    return { ...ok, dialect: await this.asked.answer };
  }

  /** From here to the order service and on to its stores, and to the pay service for the code. */
  private async askOthers(): Promise<Dialect> {
    const nobody = { out_trade_no: '0', total_fee: 1, expire_time: null };
    const create_time = new Date().toISOString();
    const [order, pay] = await Promise.allSettled([
      this.order.ready({}),
      this.pay.prepareNative({ ...nobody, create_time, now: create_time }),
    ]);
    const issues = [
      ...(order.status === 'rejected' ? [issueOf('order', order.reason)] : []),
      ...(order.status === 'fulfilled' ? order.value.troubles : []).map(({ way, why }) =>
        issueOf(`order > ${way}`, { message: why }),
      ),
      ...(pay.status === 'rejected' ? [issueOf('pay', pay.reason)] : []),
    ];
    if (pay.status === 'fulfilled' && issues.length === 0) return pay.value.dialect;
    // Each of them was told to the log where it was met.
    throw new AppError('service/unavailable', { issues, cause: issues });
  }
}

/** For operators, in the words of the log. */
function issueOf(path: string, { message }: { message: string }): Issue {
  return { path, message: { en: message, zh: message } };
}
