import { appidFinding } from '../appid-finding';
import type { StatusVerdict, WechatFinding } from '../wechat-channel';
import type { Merchant } from './sign';

/** A number that no payment has: ours are only digits. */
export const nobodysNo = 'saoma-check';

/** What the answer about nobody's payment shows: one key signs both ways. */
export function findingsOf(verdict: StatusVerdict, merchant: Merchant): WechatFinding[] {
  const finding = { dialect: 'v2', about: 'request-key' } as const;
  if (verdict.outcome !== 'unknown') {
    const says = 'WeChat and we believe each other: WECHAT_KEY is right';
    const isRefused = verdict.outcome === 'no' && /^(APPID|MCHID)/.test(verdict.err_code);
    const appid: WechatFinding = isRefused
      ? {
          dialect: 'v2',
          about: 'appid',
          is: 'bad',
          says: `WeChat answers ${verdict.err_code} ${verdict.err_code_des}`,
        }
      : appidFinding('v2', merchant);
    return [{ ...finding, is: 'good', says }, appid];
  }
  const { reason } = verdict;
  if (/^FAIL|signature/.test(reason)) {
    const says =
      `WeChat answers ${reason}; do WECHAT_APPID, WECHAT_MCH_ID and WECHAT_KEY ` +
      '(the API key of APIv2, not of APIv3) belong together?';
    return [{ ...finding, is: 'bad', says }];
  }
  const says = `no certain answer: ${reason}; can this machine reach WeChat?`;
  return [{ ...finding, is: 'unknown', says }];
}
