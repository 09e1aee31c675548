import type { Dialect } from '@saoma/contracts/values';
import type { Account, WechatFinding } from './wechat-channel';

/** No question but the one for a code makes WeChat look at both, and that one opens a payment. */
export function appidFinding(dialect: Dialect, { appid, mch_id }: Account): WechatFinding {
  const says =
    `only a first code proves that ${appid} belongs to the merchant ${mch_id}, ` +
    'and that Native 支付 is enabled';
  return { dialect, about: 'appid', is: 'unproved', says };
}
