import { Injectable, Logger } from '@nestjs/common';
import type { Paid } from '@saoma/contracts/pay';
import { isPaid } from '@saoma/contracts/payments';
import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { afterCommit, Database } from '../database/database';
import { History } from '../ledger/history';
import { LastingUnknown, unknownSince } from '../ledger/lasting-unknown';
import { endOf, PayLogRow } from '../ledger/pay-log.entity';
import { tradeStates } from '../ledger/trade-state';
import { Bell } from '../redis/bell';
import { MisplacedMoney } from './misplaced-money';
import { closeableFrom, lookAfterClose, nextLook } from './schedule';
import { Settlement } from './settlement';
import { isOthers, toldOf, type Verdict } from './verdict';

const othersLine = 'a payment is of another appid or mch_id than the pay service has now';

/**
 * Refunds of a paid payment that WeChat has and the books have not. `refunds/` does it: refunds
 * know payments, and not the other way round.
 */
export abstract class LostRefunds {
  /** Writes down those that are found, and tells an operator if there must be another. */
  abstract find(out_trade_no: string): Promise<void>;
}

/** Writes down what a look at a payment wishes and finds. */
@Injectable()
export class PaymentBook {
  private readonly logger = new Logger('payments');

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly settlement: Settlement,
    private readonly history: History,
    private readonly misplaced: MisplacedMoney,
    private readonly lasting: LastingUnknown,
    private readonly lostRefunds: LostRefunds,
    private readonly bell: Bell,
  ) {}

  /** Writes the wish down first: from then on nobody is given a code, and pages invite nobody. */
  wishClosed(row: PayLogRow, actor: string): Promise<PayLogRow> {
    return this.wish(row, actor, {});
  }

  /**
   * The same when its time is over. If that is so only by a clock of ours that runs ahead, nothing
   * is wished: its payer may be about to scan it.
   */
  wishOver(row: PayLogRow): Promise<PayLogRow> {
    const create_time = this.database.isOld(row.ttl_ms);
    return this.wish(row, 'clock', create_time ? { create_time } : {});
  }

  private async wish(row: PayLogRow, actor: string, only: FindOptionsWhere<PayLogRow>) {
    if (row.close_wish_time !== null) return row;
    const { out_trade_no } = row;
    const wished = await this.database.settling.transaction(async (manager) => {
      const { affected } = await manager.update(
        PayLogRow,
        { ...only, out_trade_no, trade_state: '0', close_wish_time: IsNull() },
        { close_wish_time: new Date() },
      );
      if (affected === 1) {
        await this.history.append(manager, { out_trade_no, kind: 'close.wished', actor });
        afterCommit(manager, () => this.bell.ring(out_trade_no));
      }
      // Read again: an attempt may have been claimed just before the wish.
      return manager.findOneByOrFail(PayLogRow, { out_trade_no });
    });
    await crashPoint('close.wished');
    return wished;
  }

  /** Does what follows from a verdict on a payment. */
  async act(row: PayLogRow, verdict: Verdict): Promise<void> {
    if (verdict.is === 'money') {
      const settled = await this.settlement.updateOrderStatus(verdict.paid, 'query');
      if (settled === 'already') await this.explain(verdict.paid);
      // Money that is only recorded has not paid it: it is looked at as before.
      if (settled !== 'recorded') {
        return verdict.isRefunded ? this.lostRefunds.find(row.out_trade_no) : undefined;
      }
    }
    if (isPaid({ trade_state: tradeStates[row.trade_state] })) return;
    if (verdict.is === 'unreadable') await this.reportUnreadable(row);
    if (row.trade_state === '2') return this.lookForLateMoney(row, verdict);
    if (verdict.is !== 'dead') return this.lookAgain(row, verdict);
    await this.settlement.closeOrders(row.out_trade_no, verdict.why);
  }

  /** Whoever has WeChat asked of what is paid may want to know which of two amounts was true. */
  private async explain(paid: Paid): Promise<void> {
    await this.database.settling.transaction((manager) =>
      this.misplaced.explainPaid(manager, paid, 'query'),
    );
  }

  /** Money that nobody can read is an operator's; it may be readable at the next look. */
  private async reportUnreadable({ out_trade_no, total_fee }: PayLogRow): Promise<void> {
    const why = 'unreadable-money';
    const money = { transaction_id: '', total_fee, fee_type: 'CNY' };
    await this.database.settling.transaction(async (manager) => {
      if (!(await this.misplaced.hold(manager, { ...money, out_trade_no, kind: why }))) return;
      const news = { out_trade_no, kind: 'money.recorded', actor: 'wechat' } as const;
      await this.history.append(manager, { ...news, detail: { why } });
    });
  }

  private async lookAgain(row: PayLogRow, verdict: Verdict): Promise<void> {
    const { out_trade_no } = row;
    const told = toldOf(verdict);
    const now = new Date();
    const next = nextLook(row, now, this.config);
    // A close that has to wait is due the moment WeChat takes it, not a pause later.
    const closeable = closeableFrom(row, this.config, now);
    const isSooner = row.close_wish_time !== null && closeable > now && closeable < next;
    const next_look_time = isSooner ? closeable : next;
    const change = { next_look_time, told_state: told, ...unknownAfter(row, verdict, now) };
    await this.database.settling.transaction(async (manager) => {
      const { affected } = await manager.update(
        PayLogRow,
        { out_trade_no, trade_state: '0' },
        change,
      );
      if (affected !== 1) return;
      await this.tellSilence(manager, row, { ...change, verdict });
      if (told === row.told_state) return;
      const kind = 'query.answered';
      const no = verdict.is === 'undecided' && verdict.no;
      const detail = { told, ...(no && { err_code_des: no.err_code_des }) };
      const isWechats = verdict.is !== 'unknown' && verdict.is !== 'unasked';
      const actor = isWechats ? 'wechat' : 'service';
      await this.history.append(manager, { out_trade_no, kind, actor, detail });
      const line = { msg: 'WeChat says no about a payment', kind, out_trade_no, ...no };
      if (no) afterCommit(manager, () => this.logger.error(line));
      if (isOthers(told)) {
        afterCommit(manager, () => this.logger.error({ ...line, msg: othersLine }));
      }
    });
  }

  /** Money may still be on its way: a closed payment is looked at some more times. */
  private async lookForLateMoney(row: PayLogRow, verdict: Verdict): Promise<void> {
    const { out_trade_no } = row;
    const now = new Date();
    const isOpen = verdict.is === 'unknown' || verdict.is === 'unreadable';
    const next_look_time = isOpen
      ? nextLook(row, now, this.config)
      : lookAfterClose(row.close_wish_time ?? endOf(row), now);
    const change = { next_look_time, ...unknownAfter(row, verdict, now) };
    await this.database.settling.transaction(async (manager) => {
      await manager.update(PayLogRow, { out_trade_no, trade_state: '2' }, change);
      await this.tellSilence(manager, row, { ...change, verdict });
    });
  }

  /** An operator is told of what is unknown for long, and no longer once it is known. */
  private async tellSilence(
    manager: EntityManager,
    row: PayLogRow,
    { verdict, unknown_time: since }: UnknownTime & { readonly verdict: Verdict },
  ): Promise<void> {
    const why = verdict.is === 'unknown' ? verdict.why : undefined;
    await this.lasting.report(manager, row, { since, why });
    // What became of a request for a code is unknown for itself, until the payment is decided.
    const isAll = row.code_unknown_time === null || row.trade_state === '2';
    if (since === null && row.unknown_time !== null && isAll) {
      await this.lasting.end(manager, row, `known again: ${toldOf(verdict)}`);
    }
  }
}

type UnknownTime = Partial<Pick<PayLogRow, 'unknown_time'>>;

/** An unknown answer begins it or leaves it, a known one ends it; without a question it stays. */
function unknownAfter(row: PayLogRow, verdict: Verdict, now: Date): UnknownTime {
  if (verdict.is === 'unasked') return {};
  return { unknown_time: verdict.is === 'unknown' ? unknownSince(row.unknown_time, now) : null };
}
