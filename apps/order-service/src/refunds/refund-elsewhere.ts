import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { EntityManager } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { Anomalies } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { Examination } from '../payments/examination';
import { PayClient } from '../payments/pay-client';
import { type ConsoleRefund, isInBooks, leftOf, makeRoom, type Told } from './refund-room';

/** A refund of which WeChat has said what money it gives back. */
interface Known extends ConsoleRefund {
  readonly out_refund_no: string;
  readonly refund_id: string;
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
    // WeChat never gives more than all of it back.
    if (!adopted && (await this.books.statements((m) => isInBooks(m, known.money)))) {
      throw undecided('refunds of ours, which WeChat will refuse, leave no room for it yet');
    }
    return adopted;
  }

  /** A refund of ours has ended without money: what had no room beside it may have it now. */
  async adoptWaiting({ out_trade_no }: RefundRow): Promise<void> {
    const waiting = await this.books.statements(async (manager) => {
      const kind = 'refund-elsewhere';
      const told = await manager.findBy(AnomalyRow, { out_trade_no, kind });
      const written = await manager.findBy(RefundRow, { out_trade_no });
      const numbers = new Set(written.map(({ out_refund_no }) => out_refund_no));
      return told.map((news) => news.transaction_id).filter((number) => !numbers.has(number));
    });
    for (const out_refund_no of waiting) await this.adopt(out_refund_no);
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

  /** False if no payment here has this number. Money that came before its refund is taken first. */
  private async isSettled({ money, out_refund_no }: Known): Promise<boolean> {
    const { out_trade_no, total_fee } = money;
    const payLog = () =>
      this.books.statements((manager) => manager.findOneBy(PayLogRow, { out_trade_no }));
    const before = await payLog();
    if (!before) {
      this.logger.warn(`refund ${out_refund_no} is of a payment that is not ours`);
      return false;
    }
    const isToCome = (row: PayLogRow | null) =>
      row?.transaction_id === null && row.total_fee === total_fee;
    if (!isToCome(before)) return true;
    await this.examination.examine(before);
    if (!isToCome(await payLog())) return true;
    throw undecided('a payment was refunded before its money came into the books');
  }

  /** What does not fit into its money is an operator's alone, until it fits. */
  private async write(manager: EntityManager, known: Known): Promise<RefundRow | undefined> {
    const { out_refund_no, refund_fee, refund_id, money } = known;
    const { out_trade_no } = money;
    const cause = await makeRoom(manager, known);
    const news = { out_trade_no, transaction_id: out_refund_no, total_fee: refund_fee };
    const told = { ...news, fee_type: 'CNY', kind: 'refund-elsewhere' } as const;
    if (await this.anomalies.report(manager, told)) {
      const detail = { out_refund_no, refund_fee };
      const event = { out_trade_no, kind: 'refund.elsewhere', actor: 'wechat', detail } as const;
      await this.history.append(manager, event);
    }
    if (!cause) return undefined;
    const begun = RefundRow.begun({
      ...money,
      out_refund_no,
      refund_fee,
      reason,
      cause,
    });
    const adopted = Object.assign(begun, { refund_id, accept_time: begun.create_time });
    await manager.insert(RefundRow, adopted);
    if (cause !== 'console') await this.tellRest(manager, known);
    return adopted;
  }

  /** What is left of money that did not go back by itself an operator has to give back, no more. */
  private async tellRest(manager: EntityManager, { money, out_refund_no }: Known): Promise<void> {
    const { out_trade_no, transaction_id } = money;
    const left = await leftOf(manager, money);
    const closed = { out_trade_no, transaction_id, status: 'REFUNDCLOSE' } as const;
    for (const row of await manager.findBy(RefundRow, closed)) {
      const news = { out_trade_no, transaction_id: row.out_refund_no };
      if (left > 0 && row.out_refund_no === automaticRefundNo(money)) {
        await this.anomalies.lessen(manager, { ...news, kind: 'refund-closed', total_fee: left });
      } else {
        const ended = { ...news, kinds: ['refund-closed'] } as const;
        await this.anomalies.end(manager, ended, `refunded elsewhere: ${out_refund_no}`);
      }
    }
  }
}

const isNothing = ({ refund_status }: Told) => refund_status === 'REFUNDCLOSE';

const undecided = (detail: string) => new AppError('service/unavailable', { detail });
