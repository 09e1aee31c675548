// What went back since the page was read: nobody decides by what is no longer so.
import { at, money, tell } from '../../js/page.js';
import { persist } from '../../js/request.js';
import { listRefunds } from './service.js';

const counted = (refunds) => refunds.filter(({ status }) => status !== 'REFUNDCLOSE');

function besides(others, refunds) {
  const known = new Set(counted(others).map(({ out_refund_no }) => out_refund_no));
  return counted(refunds).filter(({ out_refund_no }) => !known.has(out_refund_no));
}

/**
 * Reads the refunds anew: what went back or is under way otherwise than was shown, `[zh, en]`, or
 * null.
 */
export async function refundedSince({ payment, refunds }) {
  const read = () => listRefunds(payment.out_trade_no);
  const { refunds: now } = await persist(read, { triesMax: 1 });
  const come = besides(refunds, now);
  if (come.length > 0) {
    const fee = money(come.reduce((sum, { refund_fee }) => sum + refund_fee, 0));
    return [
      `这期间已有人退款 ${fee}：这次什么都没有发出，请再看一遍。`,
      `Meanwhile ${fee} was refunded by someone: nothing was sent now. Please look again.`,
    ];
  }
  if (besides(now, refunds).length === 0) return null;
  return [
    '这期间有一笔退款已结束，钱没有退：这次什么都没有发出，请再看一遍。',
    'Meanwhile a refund has ended without money: nothing was sent now. Please look again.',
  ];
}

/** Says it where it is read out, and stays in sight. */
export function tellMeanwhile([zh, en]) {
  at('done').hidden = true;
  tell('meanwhile', zh, en);
  at('meanwhile').focus();
}
