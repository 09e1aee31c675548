import type { Account, Unknown } from './wechat-channel';

export function unknown(reason: string): Unknown {
  return { outcome: 'unknown', reason };
}

/**
 * The answer to a question about another merchant's payment, which is not asked: with our ids
 * WeChat would say that there is no such payment, and be right. Undefined: it is ours.
 */
export function unlessOurs(account: Account, ours: Account): Unknown | undefined {
  if (account.appid === ours.appid && account.mch_id === ours.mch_id) return undefined;
  return { ...unknown('the payment belongs to another appid or mch_id'), other_account: true };
}
