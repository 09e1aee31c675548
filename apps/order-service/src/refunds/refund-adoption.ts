import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, Not } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { Anomalies } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { readShares, sharedOut } from '../ledger/refund-shares';
import { refunded } from '../payments/verdict';
import { type ConsoleRefund, leftOf, makeRoom } from './refund-room';

/** A refund of which WeChat has said what money it gives back. */
export interface Known extends ConsoleRefund {
  readonly out_refund_no: string;
  readonly refund_id: string;
}

type Paid = Pick<RefundRow, 'out_trade_no' | 'transaction_id'>;

/** Of a refund that WeChat does not tell: neither its number is known nor its amount. */
const unknownRefund = {
  transaction_id: '',
  kind: 'refund-elsewhere',
  total_fee: 0,
  fee_type: 'CNY',
} as const;
const unknownWords = 'WeChat says that money of it went back, not how much nor by which refund';

/** Our numbers come back only when a backup was restored that is older than they are. */
const reasonOf = ({ out_refund_no, money }: Known) =>
  out_refund_no.startsWith(`${money.out_trade_no}-`) ? '恢复备份前的退款' : '在商户平台退款';

/** Writes a refund into the books that WeChat has and they have not. */
@Injectable()
export class RefundAdoption {
  constructor(
    private readonly database: Database,
    private readonly anomalies: Anomalies,
    private readonly history: History,
  ) {}

  /**
   * The refund's row; undefined if there is no room for it: then an operator has been told. Of
   * several tellers at once one writes it, and the others find its row.
   */
  async adopt(known: Known): Promise<RefundRow | undefined> {
    try {
      const adopted = await this.database.settling.transaction(async (manager) => {
        const row = await this.write(manager, known);
        await crashPoint('adopt.precommit');
        return row;
      });
      await crashPoint('adopt.committed');
      return adopted;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const { out_refund_no } = known;
      return this.database.settling.statements((manager) =>
        manager.findOneByOrFail(RefundRow, { out_refund_no }),
      );
    }
  }

  /**
   * Inside the caller's transaction. What does not fit into its money is an operator's alone, until
   * it fits.
   */
  async write(manager: EntityManager, known: Known): Promise<RefundRow | undefined> {
    const { out_refund_no, refund_fee, refund_id, money } = known;
    const { out_trade_no } = money;
    const cause = await makeRoom(manager, known);
    if (!cause) {
      // It may be a wish of that number which took the room since WeChat was asked.
      const ours = await manager.findOneBy(RefundRow, { out_refund_no });
      if (ours) return ours;
    }
    const news = { out_trade_no, transaction_id: out_refund_no, total_fee: refund_fee };
    const told = { ...news, fee_type: 'CNY', kind: 'refund-elsewhere' } as const;
    if (await this.anomalies.report(manager, told)) {
      const detail = { out_refund_no, refund_fee };
      const event = { out_trade_no, kind: 'refund.elsewhere', actor: 'wechat', detail } as const;
      await this.history.append(manager, event);
    }
    if (!cause) return undefined;
    const facts = { ...money, out_refund_no, refund_fee, cause };
    const order_fees = cause === 'console' ? await feesOf(manager, known) : null;
    const ofOrders = { order_id: null, order_fees };
    const begun = RefundRow.begun({ ...facts, reason: reasonOf(known) }, ofOrders);
    const adopted = Object.assign(begun, { refund_id, accept_time: begun.create_time });
    await manager.insert(RefundRow, adopted);
    if (cause === 'console') await this.endUnknown(manager, known);
    else await this.tellRest(manager, known);
    return adopted;
  }

  /**
   * WeChat says that money of a paid payment went back, and not under which number. An operator is
   * told once, unless a refund in the books may be meant: WeChat calls it so also if it closed one.
   */
  async tellUnknown({ out_trade_no, transaction_id }: Paid): Promise<void> {
    const ofMoney = { out_trade_no, transaction_id };
    await this.database.settling.transaction(async (manager) => {
      // The row is the lock: a refund that comes into the books meanwhile comes before, or ends it.
      await manager.update(PayLogRow, ofMoney, { told_state: refunded });
      const isWritten = await manager.existsBy(RefundRow, [
        { ...ofMoney, status: Not('REFUNDCLOSE' as const) },
        { ...ofMoney, accept_time: Not(IsNull()) },
      ]);
      const afterClose = { out_trade_no, kind: 'refund-after-close' } as const;
      const isMeant = isWritten || (await manager.existsBy(AnomalyRow, afterClose));
      const told = { out_trade_no, ...unknownRefund, err_code_des: unknownWords };
      if (isMeant || !(await this.anomalies.report(manager, told))) return;
      const event = { out_trade_no, kind: 'query.answered', actor: 'wechat' } as const;
      await this.history.append(manager, { ...event, detail: { told: refunded } });
    });
  }

  private async endUnknown(manager: EntityManager, { money, out_refund_no }: Known): Promise<void> {
    const { transaction_id, kind } = unknownRefund;
    const ended = { out_trade_no: money.out_trade_no, transaction_id, kinds: [kind] } as const;
    await this.anomalies.end(manager, ended, `refunded elsewhere: ${out_refund_no}`);
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

/** WeChat does not say of which orders it is: of all in turn. Its payment is locked by now. */
async function feesOf(manager: EntityManager, { money, refund_fee }: Known): Promise<string> {
  const { out_trade_no } = money;
  const payLog = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
  return JSON.stringify(sharedOut(await readShares(manager, payLog), refund_fee));
}
