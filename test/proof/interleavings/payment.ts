import { randomInt, randomUUID } from 'node:crypto';
import { ModuleRef } from '@nestjs/core';
import { z } from 'zod';
import type {
  OrderClient,
  PayClient as PayClientOfGateway,
} from '../../../apps/cart-gateway/src/clients';
import { NativeCode } from '../../../apps/cart-gateway/src/pay/native-code';
import { Database } from '../../../apps/order-service/src/database/database';
import { DeliveryRow } from '../../../apps/order-service/src/ledger/delivery.entity';
import { PayLogRow } from '../../../apps/order-service/src/ledger/pay-log.entity';
import { RefundRow } from '../../../apps/order-service/src/ledger/refund.entity';
import { Notices } from '../../../apps/order-service/src/notices/notices';
import { Closing } from '../../../apps/order-service/src/payments/closing';
import { CodeClaims } from '../../../apps/order-service/src/payments/code-claims';
import { Examination } from '../../../apps/order-service/src/payments/examination';
import { PayClient } from '../../../apps/order-service/src/payments/pay-client';
import { RefundService } from '../../../apps/order-service/src/refunds/refund.service';
import { RefundRun } from '../../../apps/order-service/src/refunds/refund-run';
import { Courier } from '../../../apps/order-service/src/webhook/courier';
import { beijingTime } from '../../support/beijing-time';
import { ask } from '../../support/http';
import { paymentNotice } from '../../support/notice';
import { type Money, type Opened, type Snapshot, snapshot } from '../invariants/snapshot';
import { merchant_order_no, type Room } from './room';
import { gate } from './schedule';

const restTriesMax = 40;
const Trade = z.object({
  transaction_id: z.string().nullable(),
  pay_time: z.coerce.date().nullable(),
});

/** One payment of the room, and what can be done to it. */
export class RacedPayment {
  /** Money that the sandbox's book lacks: told of by signed notices of the test's own. */
  private readonly extra: Omit<Money, 'refunded_fee'>[] = [];
  private readonly acknowledged = new Set<string>();
  private readonly lies = new Set<string>();
  /** What went wrong between an answer and the books. */
  readonly broken: string[] = [];
  /** Of a shop's number, every payment that was told to be new. */
  private readonly opened: Opened[] = [];

  private constructor(
    readonly room: Room,
    /** Who pays and closes it: a user, or the shop that has opened it. */
    private readonly payer: { readonly user_id: string; readonly shop?: true },
    readonly out_trade_no: string,
    readonly total_fee: number,
  ) {}

  static async checkedOut(room: Room): Promise<RacedPayment> {
    const user_id = await room.fillCart();
    const { out_trade_no = '', total_fee } = await room.checkout(user_id);
    return new RacedPayment(room, { user_id }, out_trade_no, total_fee);
  }

  /** For an order of a shop's own: each shop has one number here. */
  static async openedByShop(room: Room): Promise<RacedPayment> {
    const user_id = `shop-${randomUUID()}`;
    const { payment } = await room.open(user_id);
    const { out_trade_no, total_fee } = payment;
    const raced = new RacedPayment(room, { user_id, shop: true }, out_trade_no, total_fee);
    raced.opened.push({ shop: user_id, merchant_order_no, out_trade_no });
    return raced;
  }

  /** The shop says the same again: it is the same payment, or a new one if that was closed. */
  async openAgain(): Promise<void> {
    const { user_id: shop } = this.payer;
    const { is_new, payment } = await this.room.open(shop);
    if (is_new) this.opened.push({ shop, merchant_order_no, out_trade_no: payment.out_trade_no });
  }

  /** A gateway of its own asks an order service of its own for the code. */
  async askCode(): Promise<string | undefined> {
    const codes = await this.room.get(ModuleRef).create(CodeClaims);
    const order = codes as unknown as OrderClient;
    const pay = this.room.get(PayClient) as unknown as PayClientOfGateway;
    const { payer, out_trade_no } = this;
    const native = await new NativeCode(order, pay).createNative(payer, out_trade_no);
    return native?.code_url;
  }

  /** The payer pays at WeChat, if WeChat lets him. */
  async payThere(): Promise<boolean> {
    const { code_url } = await this.room.sandbox.trade(this.out_trade_no);
    const { status } = await this.room.sandbox.tryToPay(code_url);
    return status === 200;
  }

  /** The payer pays in the middle of the race, and WeChat's notice comes. */
  async payAndTell(): Promise<void> {
    if (!(await this.payThere())) return;
    await gate('paid');
    await this.notice();
  }

  /** WeChat's notice of the money that its book has. */
  async notice(): Promise<void> {
    const { transaction_id = null, pay_time } = (await this.tradeThere()) ?? {};
    if (transaction_id !== null) await this.tell(transaction_id, this.total_fee, pay_time);
  }

  /** A notice of money that nobody asked for: a second transaction, or another amount. */
  async otherMoney(total_fee = this.total_fee): Promise<void> {
    const transaction_id = `4200${String(randomInt(2 ** 47)).padStart(24, '0')}`;
    const { out_trade_no } = this;
    this.extra.push({
      out_trade_no,
      transaction_id,
      total_fee,
      fee_type: 'CNY',
      acknowledged: false,
    });
    await this.tell(transaction_id, total_fee);
  }

  /** The watcher's look, at the row as it is now. */
  async look(): Promise<void> {
    await this.room.get(Examination).examine(await this.row());
  }

  async close(): Promise<void> {
    const { payer, out_trade_no } = this;
    await this.room.get(Closing).closePayment({ ...payer, out_trade_no, operator: false });
  }

  async refund(refund_fee: number, idempotency_key: string): Promise<void> {
    await this.room.get(RefundService).refundPayment({
      user_id: 'operator',
      out_trade_no: this.out_trade_no,
      refund_fee,
      reason: 'race',
      idempotency_key,
    });
  }

  /** The worker's step for every refund that is under way now. */
  async carryOn(): Promise<void> {
    const where = { out_trade_no: this.out_trade_no, status: 'PROCESSING' } as const;
    const rows = await this.database.statements((manager) => manager.findBy(RefundRow, where));
    for (const row of rows) await this.room.get(RefundRun).carryOn(row);
  }

  /** Its life is over, as if half an hour had passed. */
  async growOld(): Promise<void> {
    const old = 'UPDATE tb_paylog SET create_time = create_time - INTERVAL 1 HOUR';
    await this.room.query(`${old} WHERE out_trade_no = ?`, [this.out_trade_no]);
  }

  /** WeChat says that it is closed and takes money for it nevertheless: late money can come. */
  async closeByLie(): Promise<void> {
    const { out_trade_no } = this;
    this.lies.add(out_trade_no);
    await this.room.sandbox.fault({
      match: { call: 'closeorder', out_trade_no },
      phase: 'before',
      kind: 'err_code',
      err_code: 'ORDERCLOSED',
    });
    await this.close();
  }

  /** The clock's work until nothing is left to do for this payment. */
  async comeToRest(): Promise<void> {
    const { out_trade_no } = this;
    // WeChat tells of its own money again and again, and nobody else speaks of it any more once
    // other money has paid.
    if (this.extra.length > 0) await this.notice();
    for (let tries = 1; tries <= restTriesMax; tries += 1) {
      await this.look();
      await this.carryOn();
      await this.deliver();
      const [left] = await this.room.query(
        `SELECT (SELECT COUNT(*) FROM tb_outbox WHERE out_trade_no = p.out_trade_no
           AND state = 'PENDING')
         + (SELECT COUNT(*) FROM tb_refund r WHERE r.out_trade_no = p.out_trade_no
           AND status = 'PROCESSING'
           AND NOT EXISTS (SELECT 1 FROM tb_anomaly WHERE transaction_id = out_refund_no))
         + (trade_state = '0' AND close_wish_time IS NOT NULL) AS work
         FROM tb_paylog p WHERE out_trade_no = ?`,
        [out_trade_no],
      );
      if (Number(left?.work) === 0) return;
    }
  }

  /** Both books, as far as this payment goes. */
  async snapshot(): Promise<Snapshot> {
    const { room, extra, lies, opened, out_trade_no } = this;
    // WeChat's book cannot know which of our own notices were answered with SUCCESS.
    const known = new Set(this.acknowledged);
    const shot = await snapshot({
      databaseUrl: room.databaseUrl,
      sandboxUrl: room.sandbox.url,
      only: [...new Set([out_trade_no, ...opened.map((each) => each.out_trade_no)])],
      opened,
      money: extra,
      liedAbout: lies,
      hasWebhook: true,
    });
    const money = shot.money.map((each) => ({
      ...each,
      acknowledged: known.has(each.transaction_id),
    }));
    return { ...shot, money };
  }

  private get database(): Database {
    return this.room.get(Database);
  }

  /** What WeChat has of it; undefined: it was never asked for a code. */
  private async tradeThere(): Promise<z.output<typeof Trade> | undefined> {
    const answer = await ask(
      'GET',
      `${this.room.sandbox.url}/_sandbox/trades/${this.out_trade_no}`,
    );
    return answer.status === 404 ? undefined : Trade.parse(answer.json());
  }

  private async row(): Promise<PayLogRow> {
    const { out_trade_no } = this;
    return this.database.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
  }

  private async deliver(): Promise<void> {
    const where = { out_trade_no: this.out_trade_no, state: 'PENDING' } as const;
    const order = { event_id: 'ASC' } as const;
    const rows = await this.database.statements((m) => m.find(DeliveryRow, { where, order }));
    for (const row of rows) await this.room.get(Courier).deliver(row);
  }

  private async tell(
    transaction_id: string,
    total_fee: number,
    pay_time?: Date | null,
  ): Promise<void> {
    const { out_trade_no, room } = this;
    const time_end = beijingTime(pay_time?.getTime() ?? Date.now());
    const said = { out_trade_no, total_fee, transaction_id, time_end };
    const xml = paymentNotice(room.sandbox.merchant, said);
    const body_base64 = Buffer.from(xml).toString('base64');
    const { body } = await room.get(Notices).receiveNotice({ body_base64, headers: {} });
    if (!body.includes('SUCCESS')) return;
    this.acknowledged.add(transaction_id);
    if (!(await this.isInBooks(transaction_id))) {
      this.broken.push(`INV-16: ${transaction_id} was acknowledged and is in no book`);
    }
  }

  private async isInBooks(transaction_id: string): Promise<boolean> {
    const tables = ['tb_paylog', 'tb_refund', 'tb_anomaly'];
    const counts = tables.map(
      (t) => `(SELECT COUNT(*) FROM ${t} WHERE out_trade_no = ? AND transaction_id = ?)`,
    );
    const values = tables.flatMap(() => [this.out_trade_no, transaction_id]);
    const [row] = await this.room.query(`SELECT ${counts.join(' + ')} AS kept`, values);
    return Number(row?.kept) > 0;
  }
}
