import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { boot } from '@saoma/platform/boot';
import { MetricsServer } from '@saoma/platform/metrics/server';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { untaken } from '@saoma/platform/taken';
import { CatalogueService } from './catalogue/catalogue.service';
import { Clock } from './clock/clock';
import { OrderConfig } from './config';
import { Database } from './database/database';
import { HealthService } from './health/health.service';
import { WorkerLeaseKeeper } from './ids/worker-lease';
import { metrics } from './metrics';
import { OrderModule } from './order.module';
import { SharedStore } from './redis/shared-store';
import { close, dataSource, open, whenThere } from './schema/connect';
import { migrate } from './schema/migrate';
import { beOnlyOne } from './schema/only-one';

void boot('order-service', OrderConfig, async (config, log) => {
  await MetricsServer.start(config, metrics, log);
  const source = dataSource(config.DATABASE_URL, config.DATABASE_CA);
  const leave = beOnlyOne(config.DATABASE_URL);
  await whenThere(async () => migrate(await open(source), config.PAY_LOG_TTL_MS));
  const database = new Database(source);
  const strategy = new DrainingServer(config.listen, config.tls);
  const app = await NestFactory.createMicroservice(OrderModule.over(config, database), {
    strategy,
    abortOnError: false,
  });
  const health = app.get(HealthService);
  strategy.isWell = () => health.isWell;
  const lease = app.get(WorkerLeaseKeeper);
  await whenThere(() => lease.start(config.WORKER_ID));
  if (config.DEMO) await whenThere(() => app.get(CatalogueService).addDemoItems());
  await whenThere(() => app.get(Clock).lookBack());
  await app.get(SharedStore).untilReady();
  await untaken('ORDER_RPC_LISTEN', config.listen, app.listen());
  log.info({ listen: config.listen }, 'listening');
  return {
    /** Calls in flight and the clock's work end side by side, and the database goes last. */
    async close() {
      await Promise.all([app.get(Clock).stop(), app.close()]);
      await lease.stop();
      await app.get(SharedStore).close();
      await close(source);
      leave();
    },
  };
});
