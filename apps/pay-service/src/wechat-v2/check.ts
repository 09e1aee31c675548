import type { StatusVerdict, WechatFinding } from '../wechat-channel';

/** A number that no payment has: ours are only digits. */
export const nobodysNo = 'saoma-check';

/** One key signs both ways, so any answer that WeChat has signed proves it. */
export function keyFinding(verdict: StatusVerdict): WechatFinding {
  const finding = { dialect: 'v2', about: 'request-key' } as const;
  if (verdict.outcome !== 'unknown') {
    return {
      ...finding,
      is: 'good',
      says: 'WeChat and we believe each other: WECHAT_KEY is right',
    };
  }
  const { reason } = verdict;
  const cure = /^FAIL|signature/.test(reason)
    ? 'do WECHAT_APPID, WECHAT_MCH_ID and WECHAT_KEY (the API key of APIv2, not of APIv3) ' +
      'belong together?'
    : 'can WECHAT_API_URL be reached from here?';
  return { ...finding, is: 'bad', says: `${reason}; ${cure}` };
}
