import { Injectable } from '@nestjs/common';
import type { AnomalyKind } from '@saoma/contracts/operator';
import type { Paid } from '@saoma/contracts/pay';
import type { RefundCause } from '@saoma/contracts/refunds';
import { type EntityManager, In, IsNull } from 'typeorm';
import { afterCommit } from '../database/database';
import { unlessDuplicate } from '../database/database-errors';
import { Anomalies, type News } from '../ledger/anomalies';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { Bell } from '../redis/bell';

/** Why money goes back by itself. */
type GoingBack = Exclude<RefundCause, 'operator' | 'console'>;

/** Why no payment takes this money: it goes back, or an operator decides. */
export type Misplaced = GoingBack | AnomalyKind;

const reasons = {
  'paid-after-close': '订单已关闭，款项原路退回',
  'second-transaction': '重复支付，款项原路退回',
} as const satisfies Record<GoingBack, string>;

const doubtedAmounts = ['other-amount', 'other-currency'] as const;
/** The amount was never in doubt. */
const onceRight = ['orders-moved'] as const;
/** Of a payment as a whole, before it was known what money there is. */
const onceMoneyCame = ['unreadable-money', 'code-refused', 'lasting-unknown'] as const;
type Explained = (typeof doubtedAmounts | typeof onceRight | typeof onceMoneyCame)[number];

/** Whoever reports one of these also writes a time into the payment's row, as `hold` does. */
const leftTimes = {
  'other-amount': ['misplaced_time'],
  'other-currency': ['misplaced_time'],
  'orders-moved': ['misplaced_time'],
  'unreadable-money': ['misplaced_time'],
  'code-refused': ['refused_until_time'],
  'lasting-unknown': ['unknown_time', 'code_unknown_time'],
} as const satisfies Record<Explained, readonly (keyof PayLogRow)[]>;
const timesOfTrouble = [...new Set(Object.values(leftTimes).flat())];

/** Writes down money that no payment took, so that it is never forgotten. */
@Injectable()
export class MisplacedMoney {
  constructor(
    private readonly anomalies: Anomalies,
    private readonly history: History,
    private readonly bell: Bell,
  ) {}

  /**
   * Inside the caller's transaction. Where the amount is certain the refund's row is written too;
   * its number comes from the payment and the transaction, so the same money goes back once. True
   * if this money was not in the books before.
   */
  async record(manager: EntityManager, paid: Paid, why: Misplaced): Promise<boolean> {
    const isNew = goesBack(why)
      ? await this.giveBack(manager, paid, why)
      : await this.hold(manager, { ...paid, kind: why });
    if (isNew) {
      const { out_trade_no, transaction_id, total_fee, fee_type } = paid;
      const detail = { why, transaction_id, total_fee, fee_type };
      await this.history.append(manager, {
        out_trade_no,
        kind: 'money.recorded',
        actor: 'wechat',
        detail,
      });
    }
    return isNew;
  }

  /**
   * Inside the caller's transaction: this money is in the books, so what is open about it, or about
   * a payment that waited for it, has come right. What was said of its amount is taken back only by
   * WeChat's answer to our own question: whoever can send a false notice can send another.
   */
  async explain(
    manager: EntityManager,
    { out_trade_no, transaction_id }: Paid,
    { by, why }: { readonly by: string; readonly why: string },
  ): Promise<void> {
    const ofMoney = by === 'query' ? [...doubtedAmounts, ...onceRight] : onceRight;
    await this.anomalies.end(manager, { out_trade_no, transaction_id, kinds: ofMoney }, why);
    await this.anomalies.end(
      manager,
      { out_trade_no, transaction_id: '', kinds: onceMoneyCame },
      why,
    );
  }

  /** The same, of money that has paid its payment. */
  explainPaid(manager: EntityManager, paid: Paid, by: string): Promise<void> {
    return this.explain(manager, paid, { by, why: `paid by ${paid.transaction_id}` });
  }

  /**
   * WeChat has money for a payment that an operator has to look into: no code of it is given out
   * any more, and whoever waits for it is told. False if the same news is in the books already.
   */
  async hold(manager: EntityManager, news: News): Promise<boolean> {
    const { out_trade_no } = news;
    const unpaid = { out_trade_no, trade_state: In(['0', '2']), misplaced_time: IsNull() };
    const { affected } = await manager.update(PayLogRow, unpaid, { misplaced_time: new Date() });
    if (affected === 1) afterCommit(manager, () => this.bell.ring(out_trade_no));
    return this.anomalies.report(manager, news);
  }

  private async giveBack(manager: EntityManager, paid: Paid, cause: keyof typeof reasons) {
    const { out_trade_no, transaction_id, total_fee } = paid;
    const out_refund_no = automaticRefundNo(paid);
    if (await manager.existsBy(RefundRow, { out_refund_no })) return false;
    const isLate = cause === 'paid-after-close' && (await markLate(manager, paid));
    const refund = RefundRow.begun({
      out_refund_no,
      out_trade_no,
      transaction_id,
      total_fee,
      refund_fee: total_fee,
      cause: isLate ? 'paid-after-close' : 'second-transaction',
      reason: reasons[cause],
    });
    return (await unlessDuplicate(manager.insert(RefundRow, refund))) !== undefined;
  }
}

/** Mostly nothing was ever told to an operator: then `explain` has nothing to look for. */
export function mayBeExplained(row: PayLogRow): boolean {
  return timesOfTrouble.some((time) => row[time] !== null);
}

function goesBack(why: Misplaced): why is keyof typeof reasons {
  return Object.hasOwn(reasons, why);
}

/**
 * A closed payment stays closed, but shows that money came for it; only the first money does. It is
 * not held any more: this money goes back by itself.
 */
async function markLate(manager: EntityManager, paid: Paid): Promise<boolean> {
  const { out_trade_no, transaction_id, total_fee } = paid;
  const { affected } = await manager.update(
    PayLogRow,
    { out_trade_no, trade_state: '2', transaction_id: IsNull() },
    {
      transaction_id,
      pay_time: new Date(paid.pay_time),
      reserved_fee: total_fee,
      misplaced_time: null,
    },
  );
  return affected === 1;
}
