import { Injectable } from '@nestjs/common';
import type { AnomalyKind, PayEventKind } from '@saoma/contracts/operator';
import type { RefundRequest } from '@saoma/contracts/pay';
import { type EntityManager, IsNull } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { runUpdate } from '../database/rows';
import { Anomalies, type News } from '../ledger/anomalies';
import { History } from '../ledger/history';
import { LastingUnknown, unknownSince } from '../ledger/lasting-unknown';
import { refundedMessage } from '../ledger/messages';
import { Outbox } from '../ledger/outbox';
import { PayLogRow } from '../ledger/pay-log.entity';
import { isOfPayment, RefundRow } from '../ledger/refund.entity';
import { MisplacedMoney } from '../payments/misplaced-money';
import { type Known, RefundAdoption } from './refund-adoption';
import { isQuiet, type Move, nextTurn, type ToldMove } from './refund-move';

/** What a move is called in the timeline, and to the operator whose business it becomes. */
const names: Readonly<
  Record<ToldMove['is'], { readonly event: PayEventKind; readonly anomaly?: AnomalyKind }>
> = {
  accepted: { event: 'refund.accepted' },
  succeeded: { event: 'refund.succeeded' },
  closed: { event: 'refund.closed', anomaly: 'refund-closed' },
  changed: { event: 'refund.changed', anomaly: 'refund-changed' },
  refused: { event: 'refund.refused', anomaly: 'refund-refused' },
  'other-amount': { event: 'refund.other-amount', anomaly: 'refund-other-amount' },
  'after-close': { event: 'refund.after-close', anomaly: 'refund-after-close' },
};

/** WeChat has taken it on, or ended it: what it refused before is over, or another anomaly's. */
const afterRefusal: readonly ToldMove['is'][] = ['accepted', 'succeeded', 'closed', 'changed'];

/** Whoever was told so by WeChat is overtaken by another who was told that it has taken it on. */
const beforeAccepted: readonly Move['is'][] = ['accepted', 'closed', 'refused'];

/** Nobody here goes on with it. */
const withoutMoney: readonly AnomalyKind[] = [
  'refund-closed',
  'refund-changed',
  'refund-other-amount',
];

/** A payment that was closed unpaid stays closed, whatever money came and went back. */
const addToPaymentSql = `UPDATE tb_paylog SET refund_fee = refund_fee + :refund_fee,
    trade_state = CASE trade_state WHEN '1' THEN '3' ELSE trade_state END
  WHERE out_trade_no = :out_trade_no`;
const giveBackSql = `UPDATE tb_paylog SET reserved_fee = reserved_fee - :refund_fee
  WHERE out_trade_no = :out_trade_no`;
const giveWaySql = `UPDATE tb_paylog SET reserved_fee = reserved_fee - :refund_fee + :told_fee
  WHERE out_trade_no = :out_trade_no AND reserved_fee - :refund_fee + :told_fee <= total_fee`;

/**
 * Moves refunds in the database. A refund leaves PROCESSING once: every move is conditional on it,
 * so that of two workers with the same news one writes it down.
 */
@Injectable()
export class RefundBook {
  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly anomalies: Anomalies,
    private readonly adoption: RefundAdoption,
    private readonly misplaced: MisplacedMoney,
    private readonly history: History,
    private readonly outbox: Outbox,
    private readonly lasting: LastingUnknown,
  ) {}

  /** Keeps what WeChat will be asked, unless another worker has: both go on with the first. */
  async freeze({ out_refund_no }: RefundRow, request: RefundRequest): Promise<RefundRow> {
    return this.database.settling.transaction(async (manager) => {
      const unfrozen = { out_refund_no, refund_request: IsNull() };
      await manager.update(RefundRow, unfrozen, { refund_request: JSON.stringify(request) });
      return manager.findOneByOrFail(RefundRow, { out_refund_no });
    });
  }

  /**
   * The move and all that follows from it, in one transaction; also what was made elsewhere and
   * waits for the room that it leaves, since nobody comes back for that.
   */
  async write(row: RefundRow, move: Move, waiting: readonly Known[] = []): Promise<void> {
    await this.database.settling.transaction(async (manager) => {
      if (!(await this.moves(manager, row, move))) return;
      const why = move.is === 'unknown' ? move.why : undefined;
      const since = changeOf(row, move).unknown_time;
      await this.lasting.report(manager, row, { since, why });
      if (since === null && row.unknown_time !== null) {
        await this.lasting.end(manager, row, `known again: ${move.is}`);
      }
      if (isQuiet(move)) return;
      await this.follow(manager, row, move);
      await this.tell(manager, row, move);
      for (const known of waiting) await this.adoption.write(manager, known);
    });
    if (move.is === 'accepted') await crashPoint('refund.accepted');
    if (move.is === 'succeeded') await crashPoint('refund.saved');
  }

  /**
   * The conditional update comes first: it is the lock. False if the refund has moved before, or
   * has another amount by now than `row` says.
   */
  private async moves(manager: EntityManager, row: RefundRow, move: Move): Promise<boolean> {
    // Its row has ended, and stays as it ended.
    if (move.is === 'after-close') return true;
    const { out_refund_no, refund_fee } = row;
    const isBefore = row.accept_time === null && beforeAccepted.includes(move.is);
    const accepted = isBefore ? { accept_time: IsNull() } : {};
    const before = { out_refund_no, refund_fee, status: 'PROCESSING', ...accepted } as const;
    const next_look_time = nextTurn(row, move, this.config);
    const change = { ...changeOf(row, move), next_look_time };
    const { affected } = await manager.update(RefundRow, before, change);
    return affected === 1;
  }

  /** What becomes of the payment's sums, and what the shop is told. */
  private async follow(manager: EntityManager, row: RefundRow, move: ToldMove): Promise<void> {
    const { out_trade_no, cause, refund_fee } = row;
    const fees = { out_trade_no, refund_fee };
    if (move.is === 'closed' && isOfPayment(row)) await runUpdate(manager, giveBackSql, fees);
    if (move.is === 'other-amount') await giveWay(manager, row, move.told_fee);
    if (move.is !== 'succeeded') return;
    await crashPoint('refund.locked');
    // A second transaction was never part of the payment: it is paid as before.
    if (cause !== 'second-transaction') await runUpdate(manager, addToPaymentSql, fees);
    const payment = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
    await this.outbox.append(manager, [refundedMessage(row, payment)]);
  }

  private async endRefusal(manager: EntityManager, row: RefundRow, why: string): Promise<void> {
    const { out_trade_no, out_refund_no: transaction_id } = row;
    const ended = { out_trade_no, transaction_id, kinds: ['refund-refused'] } as const;
    await this.anomalies.end(manager, ended, why);
  }

  /** Late money that does not go back by itself any more is held: nobody promises it. */
  private report(manager: EntityManager, { cause }: RefundRow, news: News): Promise<boolean> {
    const isHeld = cause === 'paid-after-close' && withoutMoney.includes(news.kind);
    return isHeld ? this.misplaced.hold(manager, news) : this.anomalies.report(manager, news);
  }

  /** What an operator has been told of already is not told again. */
  private async tell(manager: EntityManager, row: RefundRow, move: ToldMove): Promise<void> {
    const { is, ...facts } = move;
    const { event: kind, anomaly } = names[is];
    if (afterRefusal.includes(is)) await this.endRefusal(manager, row, kind);
    const news = anomaly && { ...newsOf(row, anomaly), ...wordsOf(move) };
    if (news && !(await this.report(manager, row, news))) {
      if (is === 'refused') await this.anomalies.reopen(manager, news);
      return;
    }
    const { out_trade_no, out_refund_no } = row;
    const detail = { out_refund_no, ...facts };
    await this.history.append(manager, { out_trade_no, kind, actor: 'wechat', detail });
  }
}

function changeOf(row: RefundRow, move: Move): Partial<RefundRow> {
  const now = new Date();
  if (move.is === 'queued') return {};
  if (move.is === 'unknown') return { unknown_time: unknownSince(row.unknown_time, now) };
  const known = { unknown_time: null };
  if (move.is === 'accepted') return { ...known, refund_id: move.refund_id, accept_time: now };
  // What it has carried out it had accepted, though its answer then was lost.
  const accepted = { accept_time: row.accept_time ?? now };
  if (move.is === 'succeeded') {
    const success_time = move.success_time ? new Date(move.success_time) : now;
    return { ...known, ...accepted, status: 'SUCCESS', success_time };
  }
  if (move.is === 'closed') return { ...known, status: 'REFUNDCLOSE' };
  return move.is === 'changed' ? { ...known, ...accepted, status: 'CHANGE' } : known;
}

function newsOf({ out_trade_no, out_refund_no, refund_fee }: RefundRow, kind: AnomalyKind): News {
  const money = { total_fee: refund_fee, fee_type: 'CNY' };
  return { out_trade_no, transaction_id: out_refund_no, kind, ...money };
}

/** WeChat's own words, where the move comes of a refusal. */
function wordsOf(move: ToldMove) {
  if (move.is === 'refused') return { err_code: move.err_code, err_code_des: move.err_code_des };
  if (move.is !== 'closed' || move.err_code_des === undefined) return {};
  return { err_code: move.why, err_code_des: move.err_code_des };
}

/**
 * WeChat keeps the first refund of a number. If ours was never asked for with success, that one was
 * made before a backup was restored that does not know it: it takes the place of the one that was
 * wished, which an operator may wish again. Not if other refunds of ours leave no room for it.
 */
async function giveWay(manager: EntityManager, row: RefundRow, told_fee: number): Promise<void> {
  const { out_trade_no, out_refund_no, refund_fee, cause, accept_time } = row;
  if (cause !== 'operator' || accept_time !== null) return;
  const fees = { out_trade_no, refund_fee, told_fee };
  if ((await runUpdate(manager, giveWaySql, fees)) !== 1) return;
  const now = new Date();
  const times = { accept_time: now, next_look_time: now };
  // Of which order that one was nobody knows any more.
  const ofOrders = { order_id: null, order_fees: null };
  const change = { ...times, ...ofOrders, refund_fee: told_fee, cause: 'console' } as const;
  await manager.update(RefundRow, { out_refund_no }, change);
}
