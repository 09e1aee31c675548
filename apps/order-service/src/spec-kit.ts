import { createHash, randomUUID } from 'node:crypto';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OrderInput } from '@saoma/contracts/order';
import type { Paid } from '@saoma/contracts/pay';
import { type Message, webhooks } from '@saoma/contracts/webhooks';
import { createLog, useNestLog } from '@saoma/platform/log';
import { pino } from 'pino';
import type { Logger } from 'typeorm';
import { CartService } from './cart/cart.service';
import { CatalogueService } from './catalogue/catalogue.service';
import { Clock } from './clock/clock';
import { OrderConfig } from './config';
import { Database } from './database/database';
import { IdWorker } from './ids/id-worker';
import { DeliveryRow } from './ledger/delivery.entity';
import { OrderItemRow, OrderRow } from './ledger/order.entity';
import { PayLogRow } from './ledger/pay-log.entity';
import { OrderModule } from './order.module';
import type { CheckoutCommand } from './orders/checkout';
import { OrderService } from './orders/order.service';
import { SharedStore } from './redis/shared-store';
import type { DatabaseBench } from './schema/spec-kit';

interface RoomOptions {
  readonly env?: Record<string, string>;
  /** Hears every statement. */
  readonly logger?: Logger;
  /** In the place of a memory of its own. */
  readonly store?: SharedStore;
  /** The clock does its work; otherwise it stands still, and the room holds nothing open. */
  readonly ticks?: true;
}

/** The whole order service in this process, without its RPC face, over a database of its own. */
export class OrderRoom {
  private constructor(private readonly app: INestApplicationContext) {}

  static async open(
    bench: DatabaseBench,
    { env = {}, logger, store, ticks }: RoomOptions = {},
  ): Promise<OrderRoom> {
    const { database } = await bench.migrated(logger);
    const room = await OrderRoom.on(database, env, store);
    if (!ticks) await room.get(Clock).stop();
    await room.get(CatalogueService).addDemoItems();
    return room;
  }

  /** The same over any database that has the current schema, with whatever goods it has. */
  static on(
    database: Database,
    env: Record<string, string> = {},
    store?: SharedStore,
  ): Promise<OrderRoom> {
    useNestLog(createLog('spec', 'silent'));
    // Nobody listens there: what needs WeChat finds it silent.
    const config = new OrderConfig({ PAY_RPC: 'tcp://127.0.0.1:1', ...env });
    return OrderRoom.over(OrderModule.over(config, database, store), 1);
  }

  private static async over(module: DynamicModule, worker_id: number): Promise<OrderRoom> {
    const app = await NestFactory.createApplicationContext(module, { abortOnError: false });
    app.get(IdWorker).use({ worker_id, expireMs: Number.POSITIVE_INFINITY });
    return new OrderRoom(app);
  }

  /**
   * Another instance of the service with the same Redis, on the same database or by its own way to
   * it. Its clock stands still.
   */
  async instance(worker_id: number, database = this.database): Promise<OrderRoom> {
    const module = OrderModule.over(this.get(OrderConfig), database, this.store);
    const other = await OrderRoom.over(module, worker_id);
    await other.get(Clock).stop();
    return other;
  }

  get<T>(kind: abstract new (...args: never[]) => T): T {
    return this.app.get<T>(kind as never);
  }

  get database(): Database {
    return this.get(Database);
  }

  get store(): SharedStore {
    return this.get(SharedStore);
  }

  get carts(): CartService {
    return this.get(CartService);
  }

  get orders(): OrderService {
    return this.get(OrderService);
  }

  async put(user_id: string, item_id: string, num: number) {
    return this.carts.putCartItem({ user_id, item_id, num });
  }

  /** 2 × 59.90 and 3 × 28.50 of one seller, 1 × 8.20 of another: 21350 fen. */
  async fill(user_id: string): Promise<void> {
    await this.put(user_id, '1001', 2);
    await this.put(user_id, '2001', 1);
    await this.put(user_id, '1002', 3);
  }

  /** Orders what is in the cart. */
  add(user_id: string, change: Partial<CheckoutCommand> = {}) {
    return this.orders.add({ ...aCheckout(user_id), ...change });
  }

  /** A checkout of 59.90 + 8.20 from two sellers: 6810 fen over two orders. */
  async checkout(user_id = 'shopper') {
    await this.put(user_id, '1001', 1);
    await this.put(user_id, '2001', 1);
    const made = await this.add(user_id);
    return { ...made, out_trade_no: made.out_trade_no ?? '' };
  }

  payLog(out_trade_no: string): Promise<PayLogRow> {
    return this.database.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
  }

  /** What the shop is told of a payment, the earliest first, as the contract has it. */
  async messages(out_trade_no: string): Promise<Message[]> {
    const rows = await this.database.statements((manager) =>
      manager.find(DeliveryRow, { where: { out_trade_no }, order: { event_id: 'ASC' } }),
    );
    return rows.map(({ type, payload }) => webhooks[type].parse(JSON.parse(payload)));
  }

  /** Everything that checkouts have written. */
  rows() {
    return this.database.statements(async (manager) => ({
      orders: await manager.find(OrderRow, { order: { order_id: 'ASC' } }),
      items: await manager.find(OrderItemRow, { order: { order_id: 'ASC', item_id: 'ASC' } }),
      payLogs: await manager.find(PayLogRow, { order: { out_trade_no: 'ASC' } }),
    }));
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

/** What is logged of this payment from now on, each line as its fields: the log is everybody's. */
export function heardLines(out_trade_no: string): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string) => {
    const line = JSON.parse(text);
    if (line.out_trade_no === out_trade_no) lines.push(line);
  };
  useNestLog(pino({ level: 'info' }, { write }));
  return lines;
}

export const aCheckout = (user_id: string): CheckoutCommand => ({
  user_id,
  payment_type: '1',
  receiver: { name: '王小明', mobile: '13800000000', address: '杭州市 西湖区 1 号' },
  idempotency_key: null,
});

/** A shop opens a payment of 12 yuan for an order of its own. */
export const aShopOrder = (change: Partial<OrderInput<'openPayment'>> = {}) => ({
  user_id: 'cinema',
  merchant_order_no: 'A-1',
  total_fee: 1_200,
  body: '两张电影票',
  payer: 'cinema',
  return_url: null,
  metadata: null,
  pay_key_hash: createHash('sha256').update(randomUUID()).digest('hex'),
  ...change,
});

let transactions = 0;

/** News of money that WeChat has received for a payment. */
export function money(out_trade_no: string, change: Partial<Paid> = {}): Paid {
  transactions += 1;
  return {
    out_trade_no,
    transaction_id: `4200000000${String(transactions).padStart(18, '0')}`,
    total_fee: 6810,
    fee_type: 'CNY',
    pay_time: '2026-09-30T10:17:33+08:00',
    ...change,
  };
}
