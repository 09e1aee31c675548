// What an anomaly of a bill says in the server's words, as people read it: `[zh, en]`.
import { money } from '../../js/page.js';
import { nameIn, refundStates, tradeStates } from './names.js';

const sides = { bill: ['账单', 'bill'], here: ['这里', 'here'] };

/** WeChat's own words, and of a bill what each side says, in yuan. */
export function wordsOfReason({ kind, err_code_des, fee_type }) {
  const [, day] = /^bill of ([0-9-]+)/.exec(err_code_des) ?? [];
  if (!kind.startsWith('bill-') || !day) return [err_code_des, err_code_des];
  const told = [...err_code_des.matchAll(/, (bill|here): (-?[0-9]+) fen (\w+)/g)];
  const states = kind.startsWith('bill-refund-') ? refundStates : tradeStates;
  const parts = told.map(([, side, fee, state]) => {
    const isYuan = side === 'here' || fee_type === 'CNY';
    const amount = isYuan ? money(Number(fee)) : `${fee} ${fee_type}`;
    return [0, 1].map((at) => `${sides[side][at]} ${amount} ${nameIn(states, state)[at]}`);
  });
  const all = [[`${day} 的账单`, `Bill of ${day}`], ...parts];
  return [all.map(([zh]) => zh).join('，'), all.map(([, en]) => en).join(', ')];
}
