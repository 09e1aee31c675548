import { Controller } from '@nestjs/common';
import { isPaid, toldMembers } from '@saoma/contracts/payments';
import { CodeUrl, OutTradeNo, TotalFee, Word } from '@saoma/contracts/values';
import { z } from 'zod';
import { GatewayConfig } from '../config';
import { Answers } from '../rest/answers';
import { type Asked, route } from '../rest/route';
import { answeredLater, type TakenOver, takeOver } from '../rest/take-over';
import { Admission } from './admission';
import { NativeCode } from './native-code';
import { type News, type Seen, Waiter, type Waiting } from './waiter';
import { WaitingRoom } from './waiting-room';

const Native = z
  .strictObject({ code_url: CodeUrl, total_fee: TotalFee, out_trade_no: OutTradeNo })
  .meta({ id: 'Native', description: 'The code to scan.' });
const NothingToPay = z.strictObject({}).meta({
  id: 'NothingToPay',
  description: 'There is nothing to pay: it is paid, closed or being closed.',
});

const createNative = route({
  method: 'GET',
  path: ['/pay/createNative', '/pay/createNative.do'],
  summary: 'The code to scan.',
  description:
    'Show `code_url` as a QR code. Safe to repeat: as long as a code is given out (for two ' +
    'hours, or until `expire_time` of the payment if that is sooner) the answer is the same one. ' +
    'It is for who pays, and for the shop that opened it: nobody else gets it, also no operator. ' +
    'The answer comes within 15 s, whatever WeChat does.',
  payKey: true,
  lesson: true,
  query: z.strictObject({
    out_trade_no: OutTradeNo.optional().describe(
      'The payment; by default my newest unpaid one that is neither being closed nor held.',
    ),
    _: z
      .string()
      .optional()
      .meta({
        description: 'Ignored: pages add it so that no cache answers.',
        examples: ['1764086400000'],
      }),
  }),
  answers: { 200: z.union([Native, NothingToPay]).describe('The code, or nothing to pay.') },
  errors: ['payment/not-found', 'wechat/refused', 'wechat/unavailable'],
});

/** The lesson's three messages. Its pages compare them, so they stay as they are to the byte. */
const paid = { success: true, message: '支付成功' } as const;
const timedOut = { success: false, message: '二维码超时' } as const;
const failed = { success: false, message: '支付出错' } as const;

const PayStatus = z
  .strictObject({
    success: z.boolean().meta({ description: 'Whether it is paid.', examples: [true] }),
    message: Word('The result.', {
      [paid.message]: 'It is paid.',
      [timedOut.message]: 'Not known yet: ask for the code and wait again.',
      [failed.message]: 'The payment is closed, or you have no such payment.',
    }),
  })
  .meta({ id: 'PayStatus', description: 'Whether a payment is paid.' });
type PayStatus = z.output<typeof PayStatus>;

/** What a page may want to hear of at once, although it decides nothing. */
const early = toldMembers.filter((name) => name !== 'trade_state');
type Early = (typeof early)[number];

const notYet = (name: Early) =>
  z
    .literal('false')
    .optional()
    .catch(undefined)
    .describe(`\`false\`: answer, with 二维码超时, also as soon as the payment is \`${name}\`.`);

const queryPayStatus = route({
  method: 'GET',
  path: ['/pay/queryPayStatus', '/pay/queryPayStatus.do'],
  summary: 'Waits until it is known whether the payment is paid.',
  description:
    'The answer comes after `QR_WAIT_MS` (5 minutes) at the latest: use a longer time limit.',
  payKey: true,
  lesson: true,
  query: z.looseObject({
    out_trade_no: OutTradeNo.optional()
      .catch(undefined)
      .describe('The payment. If it is missing or is not my payment, the answer is 支付出错.'),
    closing: notYet('closing'),
    held: notYet('held'),
  }),
  answers: { 200: PayStatus },
  type: 'application/json',
  errors: ['payment/too-many-waiting'],
});

/** A page of the lesson that waits. */
class Poll extends Waiter {
  private answer: TakenOver | undefined;

  constructor(
    waiting: Waiting,
    private readonly room: WaitingRoom,
    private readonly wanted: readonly Early[],
  ) {
    super(waiting);
  }

  /** What is to be answered when this is seen; undefined: wait. */
  statusOf(seen: Seen): PayStatus | undefined {
    if (seen === 'none') return failed;
    if (seen === 'unknown') return undefined;
    if (seen.trade_state !== 'NOTPAY') return isPaid(seen) ? paid : failed;
    return this.wanted.some((name) => seen[name]) ? timedOut : undefined;
  }

  wait(answer: TakenOver): void {
    this.answer = answer;
  }

  tell(news: News | 'none'): void {
    const status = this.statusOf(news === 'none' ? news : news.payment);
    if (status) this.end(status);
  }

  sayGoodbye(): void {
    this.end(timedOut);
  }

  private end(status: PayStatus): void {
    this.room.leave(this);
    if (!this.answer) return;
    const { raw, headers } = this.answer;
    const body = JSON.stringify(status);
    raw.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  }
}

/** The lesson's two routes of the pay page. */
@Controller()
export class PayController {
  constructor(
    private readonly code: NativeCode,
    private readonly room: WaitingRoom,
    private readonly admission: Admission,
    private readonly config: GatewayConfig,
  ) {}

  @Answers(createNative)
  async createNative({ user, query }: Asked<typeof createNative>) {
    return (await this.code.createNative(user, query.out_trade_no ?? null)) ?? {};
  }

  @Answers(queryPayStatus)
  async queryPayStatus({ user, query, reply }: Asked<typeof queryPayStatus>) {
    const { out_trade_no } = query;
    if (!out_trade_no) return failed;
    const wanted = early.filter((name) => query[name] === 'false');
    const poll = new Poll({ user, out_trade_no }, this.room, wanted);
    this.room.enter(poll, this.config.QR_WAIT_MS);
    reply.raw.once('close', () => this.room.leave(poll));
    const seen = await this.admission.admit(poll);
    // Whoever has left the room meanwhile is answered now: nobody would answer it later.
    const status = poll.statusOf(seen) ?? (poll.state === 'gone' ? timedOut : undefined);
    if (!status) {
      poll.wait(takeOver(reply));
      return answeredLater;
    }
    this.room.leave(poll);
    return status;
  }
}
