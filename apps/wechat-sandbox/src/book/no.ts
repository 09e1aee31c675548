/** Why WeChat does not do what a call asks for; each dialect words it in its own way. */
export type Reason =
  | 'notExist'
  | 'alreadyPaid'
  | 'closed'
  | 'closeLost'
  | 'closeTooEarly'
  | 'otherParameters'
  | 'refundOtherFee'
  | 'refundOtherTotal'
  | 'refundedWhole'
  | 'refundTooMuch'
  | 'refundTooMany'
  | 'refundTooSoon'
  | 'refundTooLate';

/** A business "no" of the book. */
export interface No {
  readonly no: Reason;
}

export const no = (reason: Reason): No => ({ no: reason });

export const isNo = (result: object | undefined): result is No =>
  result !== undefined && 'no' in result;
