import { Injectable, Logger } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import { Database } from '../database/database';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Examination } from '../payments/examination';
import { PayClient } from '../payments/pay-client';
import { type Known, RefundAdoption } from './refund-adoption';
import { isInBooks, type Told } from './refund-room';

/**
 * A refund that was not made here but, for instance, in WeChat's merchant console: WeChat's notice
 * is the first that we hear of it. What WeChat says when it is asked is written into the books.
 */
@Injectable()
export class RefundElsewhere {
  private readonly logger = new Logger('refunds');

  constructor(
    private readonly database: Database,
    private readonly pay: PayClient,
    private readonly examination: Examination,
    private readonly adoption: RefundAdoption,
  ) {}

  /**
   * The refund's row, from which it goes on as any other does; undefined when there is none to
   * write. Fails with service/unavailable while that cannot be decided: WeChat comes again.
   */
  async adopt(out_refund_no: string): Promise<RefundRow | undefined> {
    const known = await this.ask(out_refund_no);
    if (!known || !(await this.isSettled(known))) return undefined;
    const adopted = await this.adoption.adopt(known);
    // WeChat never gives more than all of it back.
    if (!adopted && (await this.database.settling.statements((m) => isInBooks(m, known.money)))) {
      throw undecided('refunds of ours, which WeChat will refuse, leave no room for it yet');
    }
    return adopted;
  }

  /** What WeChat has given back by it; undefined: nothing. */
  private async ask(out_refund_no: string): Promise<Known | undefined> {
    const asked = { out_trade_no: null, out_refund_no, account: null };
    const told = await this.pay.queryRefund(asked);
    if (told.outcome === 'no' || (told.outcome === 'success' && isNothing(told))) {
      this.logger.warn({ msg: 'a notice about a refund that never was', out_refund_no });
      return undefined;
    }
    if (told.outcome === 'unknown' || told.money === null) {
      throw undecided('WeChat does not say what it has refunded');
    }
    return { ...told, out_refund_no, money: told.money };
  }

  /**
   * What had no room beside a refund of ours, which ends without money. Undefined while WeChat does
   * not say.
   */
  async waiting({ out_trade_no }: RefundRow): Promise<Known[] | undefined> {
    const numbers = await this.database.settling.statements(async (manager) => {
      const kind = 'refund-elsewhere';
      const told = await manager.findBy(AnomalyRow, { out_trade_no, kind });
      const written = await manager.findBy(RefundRow, { out_trade_no });
      const known = new Set(written.map(({ out_refund_no }) => out_refund_no));
      return told
        .map((news) => news.transaction_id)
        .filter((number) => number !== '' && !known.has(number));
    });
    try {
      const all = await Promise.all(numbers.map((number) => this.ask(number)));
      return all.filter((known) => known !== undefined);
    } catch (error) {
      if (isUnavailable(error)) return undefined;
      throw error;
    }
  }

  /** False if no payment here has this number. Money that came before its refund is taken first. */
  private async isSettled({ money, out_refund_no }: Known): Promise<boolean> {
    const { out_trade_no, total_fee } = money;
    const payLog = () =>
      this.database.settling.statements((m) => m.findOneBy(PayLogRow, { out_trade_no }));
    const before = await payLog();
    if (!before) {
      const told = { out_refund_no, out_trade_no, transaction_id: money.transaction_id };
      this.logger.warn({ msg: 'a refund is of a payment that is not ours', ...told });
      return false;
    }
    const isToCome = (row: PayLogRow | null) =>
      row?.transaction_id === null && row.total_fee === total_fee;
    if (!isToCome(before)) return true;
    await this.examination.examine(before, true);
    if (!isToCome(await payLog())) return true;
    throw undecided('a payment was refunded before its money came into the books');
  }
}

const isNothing = ({ refund_status }: Told) => refund_status === 'REFUNDCLOSE';

const undecided = (detail: string) => new AppError('service/unavailable', { detail });
