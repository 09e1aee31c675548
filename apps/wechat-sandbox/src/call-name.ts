export const v2CallNames = [
  'unifiedorder',
  'orderquery',
  'closeorder',
  'refund',
  'refundquery',
  'downloadbill',
] as const;
export type V2CallName = (typeof v2CallNames)[number];

/** What both dialects do has v2's name in both; these are v3's alone. */
const v3Only = [
  ...(['abnormalrefund', 'certificates'] as const),
  ...(['tradebill', 'fundflowbill', 'billdownload', 'echo'] as const),
] as const;

/** Every call that a merchant can make of WeChat. */
export const callNames = [...v2CallNames, ...v3Only] as const;
export type CallName = (typeof callNames)[number];
