import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createLog, useNestLog } from '@saoma/platform/log';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { CartService } from '../../../apps/order-service/src/cart/cart.service';
import { CatalogueService } from '../../../apps/order-service/src/catalogue/catalogue.service';
import { Clock } from '../../../apps/order-service/src/clock/clock';
import { OrderConfig } from '../../../apps/order-service/src/config';
import { Database } from '../../../apps/order-service/src/database/database';
import { IdWorker } from '../../../apps/order-service/src/ids/id-worker';
import { OrderModule } from '../../../apps/order-service/src/order.module';
import { OrderService } from '../../../apps/order-service/src/orders/order.service';
import { Opening } from '../../../apps/order-service/src/payments/opening';
import { dataSource, open } from '../../../apps/order-service/src/schema/connect';
import { migrate } from '../../../apps/order-service/src/schema/migrate';
import { Mariadb } from '../../support/mariadb';
import { freePort } from '../../support/ports';
import { ServiceProcess } from '../../support/processes';
import { Sandbox } from '../../support/sandbox';
import { aReceiver, rice, tea } from '../../support/shopper';
import { setGate } from '../lane/crash-point';
import { gate } from './schedule';

const merchant = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_MCH_ID: '1900000109',
  WECHAT_KEY: randomBytes(16).toString('hex'),
};

export const merchant_order_no = 'A-1';

/**
 * The order service's parts in this process over a MariaDB of their own, with the pay service and
 * the sandbox as processes behind them. Its clock stands still: only actors move anything.
 */
export class Room {
  private constructor(
    readonly app: INestApplicationContext,
    readonly sandbox: Sandbox,
    readonly databaseUrl: string,
    private readonly rows: Pool,
    private readonly parts: readonly { stop(): Promise<void> }[],
  ) {}

  static async open(): Promise<Room> {
    useNestLog(createLog('interleavings', 'silent'));
    const [sandboxPort, payPort, nobody] = [await freePort(), await freePort(), await freePort()];
    const [mariadb, sandboxProcess, pay, shop] = await Promise.all([
      Mariadb.start(),
      ServiceProcess.start('wechat-sandbox', {
        ...merchant,
        PORT: String(sandboxPort),
        LOG_LEVEL: 'fatal',
        SANDBOX_CLOSE_AFTER_MS: '0',
        SANDBOX_REFUND_AFTER_MS: '0',
        SANDBOX_REFUND_SPACING_MS: '0',
      }),
      ServiceProcess.start('pay-service', {
        ...merchant,
        PAY_RPC_LISTEN: `tcp://127.0.0.1:${payPort}`,
        WECHAT_API_URL: `http://127.0.0.1:${sandboxPort}`,
        // Nobody listens there: only actors bring notices.
        WECHAT_NOTIFY_URL: `http://127.0.0.1:${nobody}/pay/notify`,
        LOG_LEVEL: 'fatal',
      }),
      aShop(),
    ]);
    const databaseUrl = mariadb.url(await mariadb.newDatabase());
    const config = new OrderConfig({
      DATABASE_URL: databaseUrl,
      PAY_RPC: `tcp://127.0.0.1:${payPort}`,
      QUERY_INTERVAL_MS: '100',
      WECHAT_CLOSE_AFTER_MS: '0',
      WECHAT_REFUND_SPACING_MS: '0',
      SHOP_WEBHOOK_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`,
      SHOP_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
    });
    const source = await open(dataSource(config.DATABASE_URL));
    await migrate(source);
    const database = new Database(source);
    const app = await NestFactory.createApplicationContext(OrderModule.over(config, database), {
      abortOnError: false,
    });
    await app.get(Clock).stop();
    app.get(IdWorker).use({ worker_id: 1, expireMs: Number.POSITIVE_INFINITY });
    await app.get(CatalogueService).addDemoItems();
    setGate(gate);
    const rows = createPool({ uri: databaseUrl.replace(/^mariadb:/, 'mysql:'), timezone: 'Z' });
    const sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, merchant);
    const closing = {
      async stop() {
        setGate(undefined);
        await rows.end();
        await app.close();
        await source.destroy();
        shop.close();
      },
    };
    return new Room(app, sandbox, databaseUrl, rows, [closing, pay, sandboxProcess, mariadb]);
  }

  get<T>(kind: abstract new (...args: never[]) => T): T {
    return this.app.get<T>(kind as never);
  }

  async query(sql: string, values: (string | null)[]): Promise<Record<string, unknown>[]> {
    const [rows] = await this.rows.execute<RowDataPacket[]>(sql, values);
    return rows;
  }

  /** A new shopper with both sellers' items in the cart. */
  async fillCart(): Promise<string> {
    const user_id = `user-${randomUUID()}`;
    const carts = this.get(CartService);
    await carts.putCartItem({ user_id, item_id: tea, num: 1 });
    await carts.putCartItem({ user_id, item_id: rice, num: 1 });
    return user_id;
  }

  checkout(user_id: string, idempotency_key: string | null = null) {
    const order = { payment_type: '1', receiver: aReceiver, idempotency_key } as const;
    return this.get(OrderService).add({ user_id, ...order });
  }

  /** This shop's one order of its own, as it asks for it each time. */
  open(shop: string) {
    const pay_key_hash = randomBytes(32).toString('hex');
    const nothing = { return_url: null, metadata: null };
    const order = { merchant_order_no, total_fee: 6_810, body: '两张电影票', ...nothing };
    return this.get(Opening).openPayment({ user_id: shop, payer: shop, pay_key_hash, ...order });
  }

  async close(): Promise<void> {
    for (const part of this.parts) await part.stop();
  }
}

/** The shop's webhook, which takes everything. */
async function aShop(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
