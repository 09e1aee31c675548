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
 * null. After a try that was not answered it may be one's own.
 */
export async function refundedSince({ payment, refunds }, { mayBeOwn }) {
  const read = () => listRefunds(payment.out_trade_no);
  const { refunds: now } = await persist(read, { triesMax: 1 });
  const come = besides(refunds, now);
  if (come.length > 0) {
    const fee = money(come.reduce((sum, { refund_fee }) => sum + refund_fee, 0));
    if (mayBeOwn) {
      return [
        `这期间记录了退款 ${fee}，可能就是上一次没有得到答复的那一笔：这次什么也没发，请再看一遍。`,
        `Meanwhile ${fee} was refunded, perhaps by the try that was not answered: nothing was ` +
          'sent now. Please look again.',
      ];
    }
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
