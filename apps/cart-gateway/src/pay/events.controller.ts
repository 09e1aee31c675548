import type { ServerResponse } from 'node:http';
import { Controller } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Payment, payments, TradeState, toldMembers } from '@saoma/contracts/payments';
import { OutTradeNo } from '@saoma/contracts/values';
import { z } from 'zod';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';
import { answeredLater, takeOver } from '../rest/take-over';
import { Admission } from './admission';
import { Heartbeat } from './heartbeat';
import { News, Waiter, type Waiting } from './waiter';
import { WaitingRoom } from './waiting-room';

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
    '`NOTPAY`; if it ends earlier, reconnect. That it is `closing` or `held` is a change, too.',
  payKey: true,
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
  errors: [...from(payments.methods.getPayment).errors, 'payment/too-many-waiting'],
});

/** A stream that tells of its payment, once it has begun. */
class PaymentStream extends Waiter {
  private raw: ServerResponse | undefined;
  private told: Payment | undefined;

  constructor(
    waiting: Waiting,
    private readonly room: WaitingRoom,
  ) {
    super(waiting);
  }

  begin(raw: ServerResponse, payment: Payment): void {
    this.raw = raw;
    raw.write(`retry: ${comeBackMs}\n\n`);
    this.tell(new News(payment));
    // It was sent home while its payment was asked for, and could not say so yet.
    if (this.state === 'gone') this.sayGoodbye();
  }

  tell(news: News | 'none'): void {
    // One that does not begin is answered otherwise: by an error, by 204, by headers alone. `none`
    // is told to those only who were shown nothing at first, and such a stream never begins.
    if (!this.raw || news === 'none') return;
    if (this.told && isTold(news.payment, this.told)) return;
    const { payment, event } = this.asItsUserSees(news);
    this.told = payment;
    if (!isDecided(payment)) {
      this.raw.write(event);
      return;
    }
    this.room.leave(this);
    this.raw.end(event);
  }

  sayGoodbye(): void {
    if (this.raw && !this.raw.writableEnded) this.raw.end(': goodbye\n\n');
  }

  beat(): void {
    if (!this.raw) return;
    if (this.raw.writableLength > unreadBytesMax) this.raw.destroy();
    else this.raw.write(': still waiting\n\n');
  }

  /** Whoever was shown what is for the shop alone sees it again; news for all have none of it. */
  private asItsUserSees(news: News): News {
    const metadata = this.told?.metadata ?? news.payment.metadata;
    if (metadata === news.payment.metadata) return news;
    return new News({ ...news.payment, metadata });
  }
}

/** Server-Sent Events on the waiting room. */
@Controller()
export class EventsController {
  constructor(
    private readonly room: WaitingRoom,
    private readonly admission: Admission,
    private readonly heartbeat: Heartbeat,
  ) {}

  @Answers(events)
  async events({ user, params, headers, request, reply }: Asked<typeof events>) {
    const stream = new PaymentStream({ user, ...params }, this.room);
    this.room.enter(stream);
    reply.raw.once('close', () => this.room.leave(stream));
    const payment = await this.admission.admit(stream);
    if (payment === 'none') throw new AppError('payment/not-found');
    if (payment === 'unknown') {
      throw new AppError('service/unavailable', { detail: 'the payment cannot be read just now' });
    }
    if (isDecided(payment) && headers['last-event-id'] === payment.trade_state) {
      // An EventSource stops coming back only when told so.
      reply.code(204);
      return undefined;
    }
    // Its client left while its payment was asked for: nothing would ever end the stream, and what
    // is returned reaches nobody.
    if (reply.raw.destroyed) return undefined;
    reply.header('x-accel-buffering', 'no');
    // It wants the headers only: it is answered, and waits for nothing.
    if (request.method === 'HEAD') return '';
    const taken = takeOver(reply);
    this.heartbeat.keepAlive(stream, taken.raw);
    stream.begin(taken.raw.writeHead(200, taken.headers), payment);
    return answeredLater;
  }
}

const isTold = (seen: Payment, told: Payment) =>
  toldMembers.every((name) => seen[name] === told[name]);

const isDecided = ({ trade_state }: Payment) => trade_state !== 'NOTPAY';
