import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { PayEventKind } from '@saoma/contracts/operator';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { isPaid } from '@saoma/contracts/payments';
import { Refund, type ToldRefund } from '@saoma/contracts/refunds';
import { type EntityManager, In, Like } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { runUpdate } from '../database/rows';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { History } from '../ledger/history';
import { type KeyedCommand, once } from '../ledger/idempotency';
import { PayEventRow, toPayEvent } from '../ledger/pay-event.entity';
import { isHeld, orderIdsOf, PayLogRow } from '../ledger/pay-log.entity';
import { nextRefundNo, operatorRefundNo, RefundRow, toRefund } from '../ledger/refund.entity';
import { readShares, sharedOut } from '../ledger/refund-shares';
import { tradeStates } from '../ledger/trade-state';
import { PaymentService } from '../payments/payment.service';
import { reserveSql } from './refund-room';

type Command = OrderInput<'refundPayment'>;

/** WeChat gives one payment back in at most this many parts. */
const refundsPerPaymentMax = 50;

/** Refunds as operators wish and see them; the worker carries them out. */
@Injectable()
export class RefundService {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentService,
    private readonly history: History,
  ) {}

  /** Writes the refund down, with its number; WeChat is asked afterwards, until it confirms. */
  async refundPayment(command: Command): Promise<ToldRefund> {
    const refund = await once(this.database, keyed(command), (remember) =>
      this.database.transaction(async (manager) => {
        const begun = toRefund(await this.begin(manager, command));
        await remember(manager, begun);
        await crashPoint('refund.precommit');
        return begun;
      }),
    );
    await crashPoint('refund.committed');
    return refund;
  }

  async listRefunds(wanted: OrderInput<'listRefunds'>): Promise<OrderAnswer<'listRefunds'>> {
    const { out_trade_no } = await this.payments.getRow(wanted);
    return this.database.listing.statements(async (manager) => {
      const rows = await manager.find(RefundRow, {
        where: { out_trade_no },
        order: { create_time: 'DESC', out_refund_no: 'DESC' },
        take: refundsPerPaymentMax,
      });
      const refunds = rows.map(toRefund);
      if (!wanted.fail_time || !refunds.some(hasFailed)) return { refunds };
      const times = await failTimesOf(manager, out_trade_no);
      return { refunds: refunds.map((refund) => withFailTime(refund, times)) };
    });
  }

  /**
   * Reserving the amount comes first, in one conditional update: it is the lock, and the sum of all
   * refunds never gets above what was paid.
   */
  private async begin(manager: EntityManager, command: Command): Promise<RefundRow> {
    const { out_trade_no, refund_fee, reason, user_id, order_id = null } = command;
    const affected = await runUpdate(manager, reserveSql, { out_trade_no, refund_fee });
    const payLog = await manager.findOneBy(PayLogRow, { out_trade_no });
    if (payLog && order_id !== null && !orderIdsOf(payLog).includes(order_id)) {
      throw new AppError('order/not-found', { detail: 'it is no order of this payment' });
    }
    if (affected !== 1 || !payLog?.transaction_id) throw whyNot(payLog);
    const order_fees = JSON.stringify(await feesOf(manager, payLog, command));
    await refuseWhatMayBeARepeat(manager, command);
    const { transaction_id } = payLog;
    // Money of a second transaction goes back beside these, under numbers of its own.
    const before = await manager.find(RefundRow, {
      select: { out_refund_no: true },
      where: { out_trade_no, transaction_id },
    });
    if (before.length >= refundsPerPaymentMax) {
      throw new AppError('refund/too-much', {
        detail: 'WeChat allows at most 50 refunds of one payment',
      });
    }
    const row = RefundRow.begun(
      {
        out_refund_no: nextRefundNo(out_trade_no, before),
        out_trade_no,
        transaction_id,
        total_fee: payLog.total_fee,
        refund_fee,
        reason,
        cause: 'operator',
      },
      { order_id, order_fees },
    );
    await manager.insert(RefundRow, row);
    await this.history.append(manager, {
      out_trade_no,
      kind: 'refund.wished',
      actor: `operator:${user_id}`,
      detail: {
        out_refund_no: row.out_refund_no,
        refund_fee,
        reason,
        ...(order_id !== null && { order_id }),
      },
    });
    return row;
  }
}

const hasFailed = ({ status }: ToldRefund) => status === 'REFUNDCLOSE' || status === 'CHANGE';

/** When refunds of the payment have ended without money, by their numbers. */
async function failTimesOf(manager: EntityManager, out_trade_no: string) {
  const kind = In<PayEventKind>(['refund.closed', 'refund.changed']);
  const events = await manager.findBy(PayEventRow, { out_trade_no, kind });
  return new Map(
    events.map(toPayEvent).map(({ detail, create_time }) => [detail.out_refund_no, create_time]),
  );
}

function withFailTime(refund: ToldRefund, times: Awaited<ReturnType<typeof failTimesOf>>) {
  const fail_time = times.get(refund.out_refund_no);
  // One that was under way when it was read may have failed since.
  return hasFailed(refund) && fail_time !== undefined ? { ...refund, fail_time } : refund;
}

function keyed(command: Command): KeyedCommand<ToldRefund> {
  const { user_id, idempotency_key, out_trade_no, refund_fee, reason, order_id } = command;
  const ofOrder = order_id === undefined ? [] : [order_id];
  const body = ['refund', out_trade_no, refund_fee, reason, ...ofOrder];
  return { user_id, idempotency_key, body, answer: Refund.omit({ fail_time: true }) };
}

/** Of which orders it is: of the named one, as far as that has so much left, or of all in turn. */
async function feesOf(
  manager: EntityManager,
  payLog: PayLogRow,
  { order_id, refund_fee }: Command,
): Promise<Record<string, number>> {
  const shares = await readShares(manager, payLog);
  if (order_id === undefined) return sharedOut(shares, refund_fee);
  const left = shares.get(order_id)?.left ?? 0;
  if (refund_fee <= left) return { [order_id]: refund_fee };
  throw new AppError('refund/too-much', { detail: `${left} fen are left of the order` });
}

/**
 * A restored backup has lost who asked for a refund that WeChat turned out to have, and under which
 * key: a command over as much may be that very one, repeated. An operator looks first, and says so
 * by resolving the anomaly that told of it.
 */
async function refuseWhatMayBeARepeat(manager: EntityManager, command: Command): Promise<void> {
  const { out_trade_no, refund_fee: total_fee } = command;
  const ours = Like(operatorRefundNo(out_trade_no, '%'));
  const found = {
    out_trade_no,
    transaction_id: ours,
    kind: 'refund-elsewhere',
    total_fee,
  } as const;
  const open = await manager.findOneBy(AnomalyRow, { ...found, state: 'OPEN' });
  if (!open) return;
  throw new AppError('refund/perhaps-made', {
    detail: `see ${open.transaction_id}; if yours is another, resolve its anomaly and ask again`,
  });
}

/** Of what did not pay it; nothing if WeChat has told of no money. */
function whereItsMoneyIs(payLog: PayLogRow): { detail?: string } {
  if (isHeld(payLog)) {
    const detail =
      'WeChat has money for it that it could not take: refund that in the merchant console, as ' +
      'its anomaly says (GET /api/anomalies)';
    return { detail };
  }
  if (payLog.transaction_id === null) return {};
  return { detail: 'its money came after it was closed, and goes back by itself: see its refunds' };
}

function whyNot(payLog: PayLogRow | null): AppError {
  if (!payLog) return new AppError('payment/not-found');
  const trade_state = tradeStates[payLog.trade_state];
  if (!isPaid({ trade_state })) return new AppError('payment/not-paid', whereItsMoneyIs(payLog));
  const { total_fee, reserved_fee, refund_fee } = payLog;
  const left = `${total_fee - reserved_fee} fen are left of the payment`;
  // A payer's account that took none of it keeps it reserved: it is paid out by hand.
  const open = reserved_fee - refund_fee;
  const others = open > 0 ? `; ${open} fen are asked for, and not back: see its refunds` : '';
  return new AppError('refund/too-much', { detail: left + others });
}
