import { refundStatus, sendToCard } from '../book/refund';
import { countCall } from '../book/trade';
import type { Call } from './call';
import { abnormalRefundFields, refundIdInPath, userCardFields } from './fields';
import { describe } from './refunds';
import { isRefusal, refusals } from './refusal';
import { breaksRules, readBody } from './rules';
import { readSecret } from './secret';

/** The money of a refund whose card is dead goes to another card: the payer's or the merchant's. */
export const abnormalRefund: Call = {
  name: 'abnormalrefund',
  method: 'POST',
  path: '/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund',
  params: refundIdInPath,
  async act(visit, office) {
    const { book, refunded } = office;
    const given = readBody(visit.body, abnormalRefundFields);
    if (isRefusal(given)) return given;
    const card = given.type === 'USER_BANK_CARD' ? given.type : 'MERCHANT_BANK_CARD';
    if (!visit.reader.asked) return refusals.noSerial;
    if (card === 'USER_BANK_CARD') {
      const missing = breaksRules(given, userCardFields, { location: 'body', path: '' });
      if (missing) return missing;
      for (const name of ['bank_account', 'real_name']) {
        const secret = await readSecret(String(given[name]), visit, office);
        if (typeof secret === 'object') return secret;
      }
    }
    const { refund_id = '' } = visit.params;
    const known = book.findRefund(visit.merchant.mch_id, { refund_id });
    if (!known) return refusals.refundNotExist;
    const { refund, trade } = known;
    countCall(trade, abnormalRefund.name);
    if (refund.out_refund_no !== given.out_refund_no) return refusals.otherRefund;
    const now = book.clock.now();
    // The same once more is answered with what became of it.
    if (refund.card !== card) {
      if (refundStatus(refund, now) !== 'CHANGE') return refusals.notAbnormal;
      sendToCard(refund, card, { now, settings: book.settings });
      refunded(trade, refund);
    }
    return { json: describe(trade, refund, now) };
  },
};
