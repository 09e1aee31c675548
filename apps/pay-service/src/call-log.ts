import { Logger } from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import type { Log } from '@saoma/platform/log';
import type { No, Unknown } from './wechat-channel';

const complaints = new Complaints(new Logger('WeChat'));

/**
 * Logs how a call to WeChat ended, one line for each. Why nobody knows how one ended is also a
 * warning, once a minute for each reason. `call` is its method, our numbers, the hosts and the
 * milliseconds that it took: never keys, signatures, codes or whole messages.
 */
export function logCall<Verdict extends { readonly outcome: string }>(
  log: Log,
  call: object,
  verdict: Verdict,
): Verdict {
  const { outcome } = verdict;
  const { reason, err_code, err_code_des } = verdict as Partial<No & Unknown>;
  log.info({ ...call, outcome, reason, err_code, err_code_des }, 'asked WeChat');
  const why = { message: reason };
  if (outcome === 'unknown') complaints.tell('no certain answer from WeChat', why, call);
  return verdict;
}
