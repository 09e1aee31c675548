import { bareCode, isUndecided } from '../unknown';

/** What only this dialect says when it decides nothing, whatever the status of the answer. */
const undecidedCodes = ['SIGNERROR', 'USERPAYING'];

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
const wordsByCode = new Map(words.map((word) => [bareCode(word), word]));

export const isUndecidedHere = (code: string): boolean =>
  undecidedCodes.includes(bareCode(code)) || isUndecided(code);

/** v2's word for a code; a code that v2 does not have stays as it came. */
export const wordOf = (code: string): string => wordsByCode.get(bareCode(code)) ?? code;

/** What WeChat says, in any spelling, of a refund that it does not know. */
export const isNoResource = (code: string): boolean => bareCode(code) === 'RESOURCENOTEXISTS';
