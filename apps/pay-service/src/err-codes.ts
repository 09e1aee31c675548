/**
 * Errors after which nobody can say what WeChat did, or which only say "not now", in either
 * dialect; without `_`.
 */
const undecidedCodes = new Set([
  'SYSTEMERROR',
  'BANKERROR',
  'BIZERRNEEDRETRY',
  'FREQUENCYLIMIT',
  'FREQUENCYLIMITED',
  'RATELIMIT',
  'RATELIMITED',
  'RATELIMITEXCEEDED',
  'RULELIMIT',
  'ORDERNOTREADY',
  'INVALIDREQTOOMUCH',
]);

/** The codes that somebody judges by, or is advised by, in the one spelling that all compare. */
const knownCodes = [
  // As v2 spells them.
  'ORDERPAID',
  'ORDERCLOSED',
  'ORDERNOTEXIST',
  'REFUNDNOTEXIST',
  'PARAM_ERROR',
  'INVALID_REQUEST',
  'ERROR',
  'NOTENOUGH',
  'NOAUTH',
  'APPID_MCHID_NOT_MATCH',
  'OUT_TRADE_NO_USED',
  'TRADE_OVERDUE',
  'USER_ACCOUNT_ABNORMAL',
  'REFUND_FEE_MISMATCH',
  'SIGNERROR',
  // Only v3 has these.
  'USERPAYING',
  'RESOURCE_NOT_EXISTS',
  'NO_STATEMENT_EXIST',
  'STATEMENT_CREATING',
];

/** WeChat's pages spell its codes with and without `_`. */
const bare = (code: string): string => code.replaceAll('_', '');
const knownByBare = new Map(knownCodes.map((code) => [bare(code), code]));

export const isUndecided = (code: string): boolean => undecidedCodes.has(bare(code));

/** A code as all compare it, however WeChat spells it; one that nobody knows stays as it came. */
export const errCodeOf = (code: string): string => knownByBare.get(bare(code)) ?? code;
