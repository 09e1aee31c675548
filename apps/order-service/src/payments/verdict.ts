import type { Output } from '@saoma/contracts/define';
import { type Paid, paidStates, type payService } from '@saoma/contracts/pay';

type Answer = Output<typeof payService, 'queryPayStatus'>;
/** WeChat's definite no. */
type No = Extract<Answer, { readonly outcome: 'no' }>;

/** What WeChat's answer means for a payment that is not paid here. `why` is for people only. */
export type Verdict =
  /**
   * WeChat has received this money, some of which may have gone back since; whether it is the right
   * money is not judged here.
   */
  | { readonly is: 'money'; readonly paid: Paid; readonly isRefunded: boolean }
  /** WeChat has received money, but nobody can read how much or when. */
  | { readonly is: 'unreadable'; readonly state: string }
  /** Nobody can pay it any more. */
  | { readonly is: 'dead'; readonly why: string }
  /** It waits for its payer: it can be paid, and it can be closed. */
  | { readonly is: 'alive'; readonly state: string }
  /** WeChat says that it does not know the number. */
  | { readonly is: 'absent' }
  /** WeChat was not asked. */
  | { readonly is: 'unasked'; readonly why: string }
  /** There is an answer, and it decides nothing. */
  | { readonly is: 'undecided'; readonly why: string; readonly no?: No }
  /** Nobody can say what WeChat knows or did. */
  | { readonly is: 'unknown'; readonly why: string };

/** The payer was faster than our close: WeChat is asked again, and tells of the money. */
interface Overtaken {
  readonly is: 'overtaken';
}

/** WeChat's word for money of which some or all went back. */
export const refunded = 'REFUND';
const aliveStates = ['NOTPAY', 'USERPAYING', 'PAYERROR', 'ACCEPT'];
/** States after which WeChat takes no money for a number. */
const deadStates = ['CLOSED', 'REVOKED'];
/** WeChat's word for a number that it does not know. */
const notExist = 'ORDERNOTEXIST';
const toldLengthMax = 64;

/**
 * Why it is unknown when WeChat was told the number by another appid or merchant than ours. Rows
 * keep it, also those of earlier releases: it stays as it is, and within `toldLengthMax`.
 */
const others = 'unknown: the payment belongs to another appid or mch_id';

/** What the answer to an orderquery means. */
export function verdictOf(answer: Answer): Verdict {
  if (answer.outcome === 'unknown') {
    return { is: 'unknown', why: answer.other_account ? others : `unknown: ${answer.reason}` };
  }
  if (answer.outcome === 'no') {
    const { err_code } = answer;
    if (err_code === notExist) return { is: 'absent' };
    return { is: 'undecided', why: err_code, no: answer };
  }
  const { paid, trade_state: state } = answer;
  if (paid) return { is: 'money', paid, isRefunded: state === refunded };
  if (paidStates.includes(state)) return { is: 'unreadable', state };
  if (deadStates.includes(state)) return { is: 'dead', why: state };
  return aliveStates.includes(state) ? { is: 'alive', state } : { is: 'undecided', why: state };
}

/** What the answer to a closeorder means, after a query that was judged as `before`. */
export function verdictOfClose(
  answer: Output<typeof payService, 'closeOrder'>,
  before: Verdict,
): Verdict | Overtaken {
  if (answer.outcome === 'success') return { is: 'dead', why: 'closed by us' };
  if (answer.outcome === 'unknown') return { is: 'unknown', why: `close: ${answer.reason}` };
  const { err_code } = answer;
  if (err_code === 'ORDERPAID') return { is: 'overtaken' };
  // One such word decides nothing: it names no number, and might be the answer to somebody else's
  // question.
  const isGone = err_code === notExist && before.is === 'absent';
  if (isGone || err_code === 'ORDERCLOSED') return { is: 'dead', why: err_code };
  return { is: 'undecided', why: `close: ${err_code}`, no: answer };
}

/** What the timeline and the row tell of it: short. Only `isOthers` decides something by it. */
export function toldOf(verdict: Verdict): string {
  return [...wordsOf(verdict)].slice(0, toldLengthMax).join('');
}

/**
 * Whether the latest answer about a payment was that it is another merchant's: what is paid for it
 * can be neither asked about nor heard of.
 */
export function isOthers(told: string | null): boolean {
  return told === others;
}

function wordsOf(verdict: Verdict): string {
  if (verdict.is === 'money') return 'other money';
  if (verdict.is === 'unreadable') return `${verdict.state}, unreadable`;
  if (verdict.is === 'alive') return verdict.state;
  return verdict.is === 'absent' ? notExist : verdict.why;
}
