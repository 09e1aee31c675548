import { Injectable } from '@nestjs/common';
import type { AnomalyKind, PayEventKind } from '@saoma/contracts/operator';
import { type EntityManager, IsNull } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { Anomalies, type News } from '../ledger/anomalies';
import { type Facts, History } from '../ledger/history';
import { Outbox } from '../ledger/outbox';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';

type Change = Partial<Pick<RefundRow, 'status' | 'success_time'>> & {
  next_look_time: Date | null;
};

/**
 * Moves refunds in the database. A refund leaves PROCESSING once: every move is conditional on it,
 * so that of two workers with the same news one writes it down.
 */
@Injectable()
export class RefundBook {
  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly anomalies: Anomalies,
    private readonly history: History,
    private readonly outbox: Outbox,
  ) {
    this.books = database.settling;
  }

  /** Nothing is known yet. */
  async lookAt({ out_refund_no }: RefundRow, next_look_time: Date): Promise<void> {
    await this.books.statements((manager) =>
      manager.update(RefundRow, { out_refund_no, status: 'PROCESSING' }, { next_look_time }),
    );
  }

  /** WeChat has accepted it: from now on it is only asked about. */
  async accept(row: RefundRow, refund_id: string, next_look_time: Date): Promise<void> {
    const { out_refund_no } = row;
    const before = { out_refund_no, status: 'PROCESSING', accept_time: IsNull() } as const;
    const change = { refund_id, accept_time: new Date(), next_look_time };
    await this.books.transaction(async (manager) => {
      const { affected } = await manager.update(RefundRow, before, change);
      if (affected !== 1) return;
      await this.tell(manager, row, { kind: 'refund.accepted', facts: { refund_id } });
    });
    await crashPoint('refund.accepted');
  }

  /** The money is back with the payer. */
  async succeed(row: RefundRow): Promise<void> {
    const change = { status: 'SUCCESS', success_time: new Date(), next_look_time: null } as const;
    await this.move(row, change, async (manager) => {
      await crashPoint('refund.locked');
      const { out_trade_no, out_refund_no, refund_fee, cause } = row;
      // A second transaction was never part of the payment: it is paid as before.
      if (cause !== 'second-transaction') await addToPayment(manager, row);
      const data = { out_trade_no, out_refund_no, refund_fee, cause };
      await this.outbox.append(manager, [{ type: 'payment.refunded', out_trade_no, data }]);
      await this.tell(manager, row, { kind: 'refund.succeeded', facts: { refund_fee } });
    });
    await crashPoint('refund.saved');
  }

  /** Nothing went back and nothing will under this number; an operator decides what then. */
  async close(row: RefundRow, why: string): Promise<void> {
    const change = { status: 'REFUNDCLOSE', next_look_time: null } as const;
    await this.move(row, change, async (manager) => {
      if (row.cause === 'operator') await giveBackReservation(manager, row);
      await this.report(manager, row, 'refund-closed');
      await this.tell(manager, row, { kind: 'refund.closed', facts: { why } });
    });
  }

  /** The payer's card is dead and the money is with the merchant: an operator pays it out. */
  async change(row: RefundRow): Promise<void> {
    await this.move(row, { status: 'CHANGE', next_look_time: null }, async (manager) => {
      await this.report(manager, row, 'refund-changed');
      await this.tell(manager, row, { kind: 'refund.changed', facts: {} });
    });
  }

  /** WeChat refuses for a reason that may pass (no balance, a wrong certificate): told once. */
  async blocked(row: RefundRow, err_code: string, next_look_time: Date): Promise<void> {
    await this.move(row, { next_look_time }, async (manager) => {
      const isNew = await this.report(manager, row, 'refund-refused');
      if (!isNew) return this.anomalies.reopen(manager, newsOf(row, 'refund-refused'));
      await this.tell(manager, row, { kind: 'refund.refused', facts: { err_code } });
    });
  }

  /** WeChat speaks of another amount under our number: nothing of it is believed. */
  async otherAmount(row: RefundRow, told_fee: number): Promise<void> {
    await this.move(row, { next_look_time: null }, async (manager) => {
      await this.report(manager, row, 'refund-other-amount');
      await this.tell(manager, row, { kind: 'refund.other-amount', facts: { told_fee } });
    });
  }

  /** It has ended here without money, and yet WeChat has carried it out: an operator decides. */
  async wentBackAfterAll(row: RefundRow): Promise<void> {
    await this.books.transaction(async (manager) => {
      const isNew = await this.report(manager, row, 'refund-after-close');
      if (isNew) await this.tell(manager, row, { kind: 'refund.after-close', facts: {} });
    });
  }

  private async move(
    { out_refund_no }: RefundRow,
    change: Change,
    then: (manager: EntityManager) => Promise<unknown>,
  ): Promise<void> {
    await this.books.transaction(async (manager) => {
      const before = { out_refund_no, status: 'PROCESSING' } as const;
      const { affected } = await manager.update(RefundRow, before, change);
      if (affected === 1) await then(manager);
    });
  }

  private report(manager: EntityManager, row: RefundRow, kind: AnomalyKind): Promise<boolean> {
    return this.anomalies.report(manager, newsOf(row, kind));
  }

  private tell(manager: EntityManager, row: RefundRow, news: { kind: PayEventKind; facts: Facts }) {
    const { out_trade_no, out_refund_no } = row;
    const detail = { out_refund_no, ...news.facts };
    return this.history.append(manager, { out_trade_no, kind: news.kind, actor: 'wechat', detail });
  }
}

function newsOf({ out_trade_no, out_refund_no, refund_fee }: RefundRow, kind: AnomalyKind): News {
  const money = { total_fee: refund_fee, fee_type: 'CNY' };
  return { out_trade_no, transaction_id: out_refund_no, kind, ...money };
}

/** A payment that was closed unpaid stays closed, whatever money came and went back. */
async function addToPayment(manager: EntityManager, { out_trade_no, refund_fee }: RefundRow) {
  await manager
    .createQueryBuilder()
    .update(PayLogRow)
    .set({
      refund_fee: () => 'refund_fee + :refund_fee',
      trade_state: () => "CASE trade_state WHEN '1' THEN '3' ELSE trade_state END",
    })
    .where('out_trade_no = :out_trade_no', { out_trade_no })
    .setParameters({ refund_fee })
    .execute();
}

async function giveBackReservation(manager: EntityManager, row: RefundRow): Promise<void> {
  const { out_trade_no, refund_fee } = row;
  await manager
    .createQueryBuilder()
    .update(PayLogRow)
    .set({ reserved_fee: () => 'reserved_fee - :refund_fee' })
    .where('out_trade_no = :out_trade_no', { out_trade_no })
    .setParameters({ refund_fee })
    .execute();
}
