import { PassThrough } from 'node:stream';
import { Controller, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Payment, payments, TradeState } from '@saoma/contracts/payments';
import { OutTradeNo } from '@saoma/contracts/values';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';
import { serverSentEvent } from '../rest/server-sent-event';
import type { User } from '../rest/user';
import { Look } from './look';
import { type Place, WaitingRoom } from './waiting-room';

/** Proxies cut a connection on which nothing moves. */
const heartbeatMs = 10_000;
/** How soon a browser comes back after a broken connection. */
const comeBackMs = 2_000;
/** What a client that does not read may leave lying; more and it is cut off. */
const unreadBytesMax = 65_536;

const PaymentEvent = z
  .strictObject({
    id: TradeState.describe(
      'The `trade_state`. A reconnect with a final state as `Last-Event-ID` gets 204.',
    ),
    event: z.literal('payment').describe('Always this name.'),
    data: Payment.describe('The payment, as one line of JSON.'),
  })
  .meta({ id: 'PaymentEvent', description: 'One event of the stream.' });

const events = route({
  method: 'GET',
  path: '/api/payments/:out_trade_no/events',
  summary: 'Sends the payment at once and at each change, until it is no longer `NOTPAY`.',
  description:
    'Server-Sent Events, for an `EventSource`. The payment comes as `event: payment`, and a ' +
    'comment line (`: ...`) at least every 15 s. The stream ends when `trade_state` is no longer ' +
    '`NOTPAY`; if it ends earlier, reconnect. That it is `closing` is a change, too.',
  params: z.strictObject({ out_trade_no: OutTradeNo }),
  headers: z.object({
    'last-event-id': z
      .string()
      .optional()
      .meta({
        description: 'The `id` of the last event that you got; an `EventSource` sends it itself.',
        examples: ['NOTPAY'],
      }),
  }),
  answers: {
    200: PaymentEvent.describe('A stream of events.'),
    204: 'You have already received the last event: do not reconnect.',
  },
  type: 'text/event-stream',
  errors: from(payments.methods.getPayment).errors,
});

/** Server-Sent Events on the waiting room. */
@Controller()
export class EventsController implements OnApplicationShutdown {
  private readonly logger = new Logger('events');
  private readonly open = new Set<PassThrough>();
  private readonly heartbeat = setInterval(() => this.beat(), heartbeatMs);

  constructor(
    private readonly room: WaitingRoom,
    private readonly look: Look,
  ) {}

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
  }

  @Answers(events)
  async events({ user, params, headers, reply }: Asked<typeof events>) {
    const { out_trade_no } = params;
    const place = this.room.enter(out_trade_no);
    reply.raw.once('close', () => place.leave());
    const payment = await this.look.at(user, out_trade_no);
    if (payment === 'none') throw new AppError('payment/not-found');
    if (payment === 'unknown') {
      throw new AppError('service/unavailable', { detail: 'the payment cannot be read just now' });
    }
    if (isDecided(payment) && headers['last-event-id'] === payment.trade_state) {
      // An EventSource stops coming back only when told so.
      reply.code(204);
      return undefined;
    }
    const stream = new PassThrough();
    stream.write(`retry: ${comeBackMs}\n\n`);
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    this.tell(stream, { place, user, payment }).catch((error) => {
      this.logger.error(error);
      stream.destroy();
    });
    reply.header('x-accel-buffering', 'no');
    return stream;
  }

  private async tell(
    stream: PassThrough,
    { place, user, payment }: { place: Place; user: User; payment: Payment },
  ): Promise<void> {
    stream.write(eventOf(payment));
    let told = payment;
    place.toldClosing = told.closing;
    while (!isDecided(told) && (await place.woken()) === 'look') {
      const seen = await this.look.at(user, place.out_trade_no);
      place.blind = seen === 'unknown';
      if (seen === 'none') break;
      if (seen === 'unknown' || isTold(seen, told)) continue;
      stream.write(eventOf(seen));
      told = seen;
      place.toldClosing = told.closing;
    }
    if (!isDecided(told)) stream.write(': goodbye\n\n');
    stream.end();
    place.leave();
  }

  private beat(): void {
    for (const stream of this.open) {
      if (stream.readableLength + stream.writableLength > unreadBytesMax) stream.destroy();
      else stream.write(': still waiting\n\n');
    }
  }
}

const isTold = (seen: Payment, told: Payment) =>
  seen.trade_state === told.trade_state && seen.closing === told.closing;

const isDecided = ({ trade_state }: Payment) => trade_state !== 'NOTPAY';

function eventOf(payment: Payment): string {
  return serverSentEvent({ id: payment.trade_state, event: 'payment', data: payment });
}
