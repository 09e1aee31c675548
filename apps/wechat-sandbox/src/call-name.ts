/** Every call that a merchant can make of WeChat. */
export const callNames = [
  'unifiedorder',
  'orderquery',
  'closeorder',
  'refund',
  'refundquery',
  'downloadbill',
] as const;
export type CallName = (typeof callNames)[number];
