import { Injectable, Logger } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import type { payService } from '@saoma/contracts/pay';
import { type EntityManager, In } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { Anomalies } from '../ledger/anomalies';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Examination } from '../payments/examination';
import { PayClient } from '../payments/pay-client';

type Told = Extract<Output<typeof payService, 'queryRefund'>, { outcome: 'success' }>;
/** A refund of which WeChat has said what money it gives back. */
interface Known extends Told {
  readonly out_refund_no: string;
  readonly money: NonNullable<Told['money']>;
}

const reason = '在商户平台退款';

/**
 * A refund that was not made here but, for instance, in WeChat's merchant console: WeChat's notice
 * is the first that we hear of it. What WeChat says when it is asked is written into the books.
 */
@Injectable()
export class RefundElsewhere {
  private readonly logger = new Logger('refunds');
  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly pay: PayClient,
    private readonly examination: Examination,
    private readonly anomalies: Anomalies,
    private readonly history: History,
  ) {
    this.books = database.settling;
  }

  /**
   * The refund's row, from which it goes on as any other does; undefined when there is none to
   * write. Fails with service/unavailable while that cannot be decided: WeChat comes again.
   */
  async adopt(out_refund_no: string): Promise<RefundRow | undefined> {
    const asked = { out_trade_no: null, out_refund_no, account: null };
    const told = await this.pay.queryRefund(asked);
    if (told.outcome === 'no' || (told.outcome === 'success' && isNothing(told))) {
      this.logger.warn(`a notice about a refund that never was: ${out_refund_no}`);
      return undefined;
    }
    if (told.outcome === 'unknown' || told.money === null) {
      throw undecided('WeChat does not say what it has refunded');
    }
    const known = { ...told, out_refund_no, money: told.money };
    if (!(await this.isSettled(known))) return undefined;
    const adopted = await this.once(known);
    if (!adopted && (await this.isOfWhatPaid(known))) {
      throw undecided('refunds of ours, which WeChat will refuse, leave no room for it yet');
    }
    return adopted;
  }

  /** Of several notices at once one writes it; the others find its row. */
  private async once(known: Known): Promise<RefundRow | undefined> {
    try {
      const adopted = await this.books.transaction(async (manager) => {
        const row = await this.write(manager, known);
        await crashPoint('adopt.precommit');
        return row;
      });
      await crashPoint('adopt.committed');
      return adopted;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const { out_refund_no } = known;
      return this.books.statements((manager) =>
        manager.findOneByOrFail(RefundRow, { out_refund_no }),
      );
    }
  }

  /** Of the money that paid WeChat never gives back more than all: what has no room gets it. */
  private isOfWhatPaid({ money }: Known): Promise<boolean> {
    const { out_trade_no, transaction_id, total_fee } = money;
    const paid = { out_trade_no, transaction_id, total_fee, trade_state: In(['1', '3']) };
    return this.books.statements((manager) => manager.existsBy(PayLogRow, paid));
  }

  /** False if no payment here has this number. Money that came before its refund is taken first. */
  private async isSettled({ money: { out_trade_no }, out_refund_no }: Known): Promise<boolean> {
    const payLog = () =>
      this.books.statements((manager) => manager.findOneBy(PayLogRow, { out_trade_no }));
    const before = await payLog();
    if (!before) {
      this.logger.warn(`refund ${out_refund_no} is of a payment that is not ours`);
      return false;
    }
    if (before.trade_state !== '0') return true;
    await this.examination.examine(before);
    if ((await payLog())?.trade_state !== '0') return true;
    throw undecided('a payment was refunded before it was settled');
  }

  /**
   * Reserving is the lock, as for any refund: the sum of all never gets above what was paid. What
   * does not fit into the payment is an operator's alone, until it fits.
   */
  private async write(manager: EntityManager, known: Known): Promise<RefundRow | undefined> {
    const { out_refund_no, refund_fee, refund_id, money } = known;
    const { out_trade_no } = money;
    const isReserved = await reserve(manager, known);
    const news = { out_trade_no, transaction_id: out_refund_no, total_fee: refund_fee };
    const told = { ...news, fee_type: 'CNY', kind: 'refund-elsewhere' } as const;
    if (await this.anomalies.report(manager, told)) {
      const detail = { out_refund_no, refund_fee };
      const event = { out_trade_no, kind: 'refund.elsewhere', actor: 'wechat', detail } as const;
      await this.history.append(manager, event);
    }
    if (!isReserved) return undefined;
    const begun = RefundRow.begun({
      ...money,
      out_refund_no,
      refund_fee,
      reason,
      cause: 'console',
    });
    const adopted = Object.assign(begun, { refund_id, accept_time: begun.create_time });
    await manager.insert(RefundRow, adopted);
    return adopted;
  }
}

const isNothing = ({ refund_status }: Told) => refund_status === 'REFUNDCLOSE';

const undecided = (detail: string) => new AppError('service/unavailable', { detail });

/** False if there is not so much left of this payment, or the money is not the one that paid it. */
async function reserve(manager: EntityManager, { refund_fee, money }: Known): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(PayLogRow)
    .set({ reserved_fee: () => 'reserved_fee + :refund_fee' })
    .where("out_trade_no = :out_trade_no AND trade_state IN ('1', '3')")
    .andWhere('transaction_id = :transaction_id AND total_fee = :total_fee')
    .andWhere('reserved_fee + :refund_fee <= total_fee')
    .setParameters({ ...money, refund_fee })
    .execute();
  return affected === 1;
}
