/** WeChat's pages spell its codes with and without `_`. */
const bare = (code: string) => code.replaceAll('_', '');

/**
 * Errors after which nobody can say what WeChat did, or which only say "not now", whatever the
 * status of the answer.
 */
const undecidedCodes = new Set([
  'SIGNERROR',
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
  'USERPAYING',
]);

/** The words of v2, in which both dialects say no: whoever asks judges once. */
const words = [
  'ORDERPAID',
  'ORDERCLOSED',
  'ORDERNOTEXIST',
  'REFUNDNOTEXIST',
  'NOTENOUGH',
  'OUT_TRADE_NO_USED',
  'TRADE_OVERDUE',
  'USER_ACCOUNT_ABNORMAL',
  'REFUND_FEE_MISMATCH',
];
const wordsByCode = new Map(words.map((word) => [bare(word), word]));

export const isUndecided = (code: string): boolean => undecidedCodes.has(bare(code));

/** v2's word for a code; a code that v2 does not have stays as it came. */
export const wordOf = (code: string): string => wordsByCode.get(bare(code)) ?? code;

/** What WeChat says, in any spelling, of a refund that it does not know. */
export const isNoResource = (code: string): boolean => bare(code) === 'RESOURCENOTEXISTS';
