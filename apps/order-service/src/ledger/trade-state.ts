import type { TradeState } from '@saoma/contracts/payments';

/** WeChat's word for each digit of the lesson's table. */
export const tradeStates = {
  '0': 'NOTPAY',
  '1': 'SUCCESS',
  '2': 'CLOSED',
  '3': 'REFUND',
} as const satisfies Record<string, TradeState>;
export type TradeDigit = keyof typeof tradeStates;

export function digitOf(word: TradeState): TradeDigit {
  const digits = Object.keys(tradeStates) as TradeDigit[];
  return digits.find((digit) => tradeStates[digit] === word) ?? '0';
}
