import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Paid } from '@saoma/contracts/pay';
import { createLog, useNestLog } from '@saoma/platform/log';
import type { Logger } from 'typeorm';
import { CartService } from './cart/cart.service';
import { CatalogueService } from './catalogue/catalogue.service';
import { OrderConfig } from './config';
import { Database } from './database/database';
import { IdWorker } from './ids/id-worker';
import { PayLogRow } from './ledger/pay-log.entity';
import { OrderModule } from './order.module';
import { OrderService } from './orders/order.service';
import type { DatabaseBench } from './schema/spec-kit';

/** The whole order service in this process, without its RPC face, over a database of its own. */
export class OrderRoom {
  private constructor(readonly app: INestApplicationContext) {}

  static async open(
    bench: DatabaseBench,
    { env = {}, logger }: { env?: Record<string, string>; logger?: Logger } = {},
  ): Promise<OrderRoom> {
    useNestLog(createLog('spec', 'silent'));
    const { source } = await bench.migrated(logger);
    // Nobody listens there: what needs WeChat finds it silent.
    const config = new OrderConfig({ PAY_RPC: 'tcp://127.0.0.1:1', ...env });
    const app = await NestFactory.createApplicationContext(OrderModule.over(config, source), {
      abortOnError: false,
    });
    app.get(IdWorker).use({ worker_id: 1, expireMs: Number.POSITIVE_INFINITY });
    await app.get(CatalogueService).addDemoItems();
    return new OrderRoom(app);
  }

  get<T>(kind: abstract new (...args: never[]) => T): T {
    return this.app.get<T>(kind as never);
  }

  get database(): Database {
    return this.get(Database);
  }

  /** A checkout of 59.90 + 8.20 from two sellers: 6810 fen over two orders. */
  async checkout(user_id = 'shopper') {
    const carts = this.get(CartService);
    await carts.putCartItem({ user_id, item_id: '1001', num: 1 });
    await carts.putCartItem({ user_id, item_id: '2001', num: 1 });
    const made = await this.get(OrderService).add({
      user_id,
      payment_type: '1',
      receiver: { name: '王小明', mobile: '13800000000', address: '杭州' },
      idempotency_key: null,
    });
    return { ...made, out_trade_no: made.out_trade_no ?? '' };
  }

  payLog(out_trade_no: string): Promise<PayLogRow> {
    return this.database.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

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
