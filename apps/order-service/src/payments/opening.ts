import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import type { EntityManager } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { unlessDuplicate } from '../database/database-errors';
import { findRows, insertRows, runUpdate } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { History } from '../ledger/history';
import { currentSql, MerchantOrderRow, PayKeyRow } from '../ledger/merchant-order.entity';
import { PayLogRow, type ShopOrder, toPayment } from '../ledger/pay-log.entity';

type Command = OrderInput<'openPayment'>;
type Answer = OrderAnswer<'openPayment'>;

/** What two that are the same payment have in common, as the shop calls it. */
const content = ['total_fee', 'user_id', 'body', 'return_url', 'metadata'] as const;

/** Each repeat draws a key of its own, up to so many for a payment. */
const keysMax = 20;
/** Whoever was slower than another reads what that one wrote, and seldom meets a third. */
const triesMax = 5;

/** As `isClosedUnpaid`: the money of a closed payment, if it had any, is back with its payer. */
const closedUnpaidSql = `trade_state = '2' AND
  CASE WHEN transaction_id IS NULL THEN misplaced_time IS NULL ELSE refund_fee >= total_fee END`;

/** One of those who come at once moves the number; CLOSED is for good, so nothing else can. */
const moveNumberSql = `UPDATE tb_merchant_order SET out_trade_no = :out_trade_no
  WHERE shop = :shop AND merchant_order_no = :merchant_order_no AND out_trade_no = :before
    AND EXISTS (SELECT 1 FROM tb_paylog WHERE out_trade_no = :before AND ${closedUnpaidSql})`;

/** Opens payments for orders of a shop's own. */
@Injectable()
export class Opening {
  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly ids: IdWorker,
    private readonly history: History,
  ) {}

  /**
   * The payment of this order, opened if there is none that is payable or paid. Of two at once one
   * opens it, by the unique key of the number, and the other is a repeat. May fail:
   * payment/number-reused.
   */
  async openPayment(command: Command): Promise<Answer> {
    for (let tries = 1; tries <= triesMax; tries += 1) {
      const before = await this.find(command);
      if (before && !isClosedUnpaid(before)) return this.repeat(before, command);
      const row = await this.open(command, before?.out_trade_no);
      await crashPoint('open.committed');
      if (row) return { is_new: true, key_kept: true, payment: toPayment(row) };
    }
    throw new AppError('service/unavailable', { detail: 'too many open this order at once' });
  }

  private async find({ user_id: shop, merchant_order_no }: Command) {
    const current = { where: currentSql, values: { shop, merchant_order_no } };
    const [row] = await this.database.statements((manager) =>
      findRows(manager, PayLogRow, current),
    );
    return row;
  }

  /** Undefined: somebody was faster. */
  private async open(command: Command, before: string | undefined) {
    const row = this.rowOf(command);
    const opening = this.database.transaction(async (manager) => {
      if (!(await takeNumber(manager, row, before))) return undefined;
      await insertRows(manager, PayLogRow, [row]);
      await insertRows(manager, PayKeyRow, [keyOf(row, command)]);
      await this.history.append(manager, openedBy(row));
      await crashPoint('open.precommit');
      return row;
    });
    return unlessDuplicate(opening);
  }

  private rowOf(command: Command): PayLogRow {
    const { total_fee, payer: user_id } = command;
    const create_time = new Date();
    const ttl_ms = this.config.PAY_LOG_TTL_MS;
    const out_trade_no = this.ids.nextId();
    const facts = { out_trade_no, user_id, create_time, ttl_ms, total_fee, order_list: '' };
    return PayLogRow.opened(facts, orderOf(command));
  }

  /** The first answer may have been lost, and its key with it: a repeat brings one that counts. */
  private async repeat(row: PayLogRow, command: Command): Promise<Answer> {
    const { total_fee, payer: user_id } = command;
    const wanted = { total_fee, user_id, ...orderOf(command) };
    const others = content.filter((member) => row[member] !== wanted[member]);
    if (others.length > 0) {
      const detail = `payment ${row.out_trade_no} has another ${others.join(', ')}`;
      throw new AppError('payment/number-reused', { detail: detail + whyTaken(row) });
    }
    const key = keyOf(row, command);
    const key_kept = await this.database.transaction(async (manager) => {
      const { out_trade_no } = row;
      // Repeats of one number take turns by its row: each counts the keys of those before it.
      const where = { shop: command.user_id, merchant_order_no: command.merchant_order_no };
      await manager.findOne(MerchantOrderRow, { where, ...this.database.rowLock });
      if ((await manager.countBy(PayKeyRow, { out_trade_no })) >= keysMax) return false;
      await insertRows(manager, PayKeyRow, [key]);
      return true;
    });
    return { is_new: false, key_kept, payment: toPayment(row) };
  }
}

/** Inside the caller's transaction. False: another payment has the number by now. */
async function takeNumber(
  manager: EntityManager,
  { shop, merchant_order_no, out_trade_no }: PayLogRow,
  before: string | undefined,
): Promise<boolean> {
  const number = { shop: shop ?? '', merchant_order_no: merchant_order_no ?? '', out_trade_no };
  if (before !== undefined) {
    return (await runUpdate(manager, moveNumberSql, { ...number, before })) === 1;
  }
  await insertRows(manager, MerchantOrderRow, [number]);
  return true;
}

function orderOf(command: Command): ShopOrder {
  const { user_id: shop, merchant_order_no, body, metadata, return_url } = command;
  const entries = Object.entries(metadata ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = entries.length > 0 ? JSON.stringify(Object.fromEntries(entries)) : null;
  return { shop, merchant_order_no, body, metadata: text, return_url };
}

function keyOf({ out_trade_no }: PayLogRow, { pay_key_hash }: Command): PayKeyRow {
  return { out_trade_no, pay_key_hash };
}

function isClosedUnpaid(row: PayLogRow): boolean {
  const { trade_state, transaction_id, misplaced_time, refund_fee, total_fee } = row;
  if (trade_state !== '2') return false;
  return transaction_id === null ? misplaced_time === null : refund_fee >= total_fee;
}

/** To close it once more would not help. */
function whyTaken({ trade_state }: PayLogRow): string {
  if (trade_state !== '2') return '';
  return '; it is closed, but money came for it: take another number, or wait until it is back';
}

/** The first line of its timeline. */
function openedBy({ out_trade_no, shop, total_fee, merchant_order_no }: PayLogRow) {
  const detail = { total_fee, merchant_order_no };
  return { out_trade_no, kind: 'payment.created', actor: `shop:${shop}`, detail } as const;
}
