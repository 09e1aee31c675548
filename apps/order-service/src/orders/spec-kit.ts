import { CartService } from '../cart/cart.service';
import { CatalogueService } from '../catalogue/catalogue.service';
import { demoItems } from '../catalogue/demo-items';
import { ItemRow } from '../catalogue/item.entity';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { IdWorker } from '../ids/id-worker';
import { History } from '../ledger/history';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { PayLogCache } from '../payments/pay-log-cache';
import { MemoryStore, type SharedStore } from '../redis/shared-store';
import type { DatabaseBench, StatementCounter } from '../schema/spec-kit';
import type { CheckoutCommand } from './checkout';
import { OrderService } from './order.service';

/** Cart and checkout over a database of its own, and nothing that works by the clock beside it. */
export class Shop {
  static async open(
    bench: DatabaseBench,
    {
      store = new MemoryStore(),
      counter,
    }: { store?: SharedStore; counter?: StatementCounter } = {},
  ): Promise<Shop> {
    const { database } = await bench.migrated(counter);
    await database.statements((manager) => manager.insert(ItemRow, [...demoItems]));
    return new Shop(database, store);
  }

  readonly ids = new IdWorker();
  readonly catalogue: CatalogueService;
  readonly carts: CartService;
  readonly orders: OrderService;

  constructor(
    readonly database: Database,
    readonly store: SharedStore,
    worker_id = 1,
  ) {
    this.ids.use({ worker_id, expireMs: Number.POSITIVE_INFINITY });
    this.catalogue = new CatalogueService(database);
    this.carts = new CartService(store, this.catalogue);
    const cache = new PayLogCache(store);
    const config = new OrderConfig({});
    const history = new History(this.ids);
    this.orders = new OrderService(database, config, this.ids, this.carts, cache, history);
  }

  /** Another instance of the service on the same database and Redis. */
  instance(worker_id: number): Shop {
    return new Shop(this.database, this.store, worker_id);
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

  add(user_id: string, change: Partial<CheckoutCommand> = {}) {
    return this.orders.add({ ...aCheckout(user_id), ...change });
  }

  /** Everything that checkouts have written. */
  rows() {
    return this.database.statements(async (manager) => ({
      orders: await manager.find(OrderRow, { order: { order_id: 'ASC' } }),
      items: await manager.find(OrderItemRow, { order: { order_id: 'ASC', item_id: 'ASC' } }),
      payLogs: await manager.find(PayLogRow, { order: { out_trade_no: 'ASC' } }),
    }));
  }
}

export const aCheckout = (user_id: string): CheckoutCommand => ({
  user_id,
  payment_type: '1',
  receiver: { name: '王小明', mobile: '13800000000', address: '杭州市 西湖区 1 号' },
  idempotency_key: null,
});
