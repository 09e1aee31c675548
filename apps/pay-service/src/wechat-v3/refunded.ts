import { RefundMoney, type RefundStatus } from '@saoma/contracts/pay';
import { Fen, Moment } from '@saoma/contracts/values';
import { z } from 'zod';
import { unknown } from '../unknown';
import type { RefundStatusVerdict, Unknown } from '../wechat-channel';
import type { Json } from './json';

type Refunded = Extract<RefundStatusVerdict, { outcome: 'success' }>;

/** WeChat's own numbers have at most so many characters. */
const refundIdLengthMax = 32;

const Answer = z.object({
  out_refund_no: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string(),
  refund_id: z.string().min(1).max(refundIdLengthMax),
  status: z.string(),
  // What is no time is as good as missing.
  success_time: Moment.optional().catch(undefined),
  amount: z.object({ total: Fen, refund: Fen, currency: z.string().default('CNY') }),
});
export type RefundAnswer = z.output<typeof Answer>;

/** v3's states in the words of v2, which both dialects speak inside. */
const statuses: Readonly<Record<string, RefundStatus>> = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  CLOSED: 'REFUNDCLOSE',
  ABNORMAL: 'CHANGE',
};

/** What WeChat must be speaking of; an amount or a number that was not asked with is not known. */
interface Asked {
  readonly out_refund_no: string;
  /** Not known of a refund that was not made here. */
  readonly out_trade_no?: string;
  readonly transaction_id?: string;
  readonly total?: number;
  readonly refund?: number;
}

/** The refund of a verified answer, if it is the one that was asked about. */
export function readRefund(json: Json, asked: Asked): RefundAnswer | Unknown {
  const { data } = Answer.safeParse(json);
  if (!data) return unknown('answer about no refund');
  const told: Required<Asked> = { ...data, ...data.amount };
  for (const [name, value] of Object.entries(asked)) {
    if (told[name as keyof Asked] !== value) return unknown(`answer with another ${name}`);
  }
  return data.amount.currency === 'CNY' ? data : unknown('answer with another currency');
}

/** What became of a refund; a state that we do not know is unknown. */
export function readRefunded(json: Json, asked: Asked): Refunded | Unknown {
  const answer = readRefund(json, asked);
  if ('outcome' in answer) return answer;
  const refund_status = Object.hasOwn(statuses, answer.status) && statuses[answer.status];
  if (!refund_status) return unknown('answer with an unknown status');
  const { refund_id, amount, success_time } = answer;
  const { out_trade_no, transaction_id } = answer;
  const { data: money = null } = RefundMoney.safeParse({
    ...{ out_trade_no, transaction_id },
    total_fee: amount.total,
  });
  const facts = { refund_status, refund_fee: amount.refund, refund_id, money };
  return { outcome: 'success', ...facts, ...(success_time && { success_time }) };
}
