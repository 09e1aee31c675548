import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { boot } from '@saoma/platform/boot';
import { MetricsServer } from '@saoma/platform/metrics/server';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { untaken } from '@saoma/platform/taken';
import { PayConfig } from './config';
import { metrics } from './metrics';
import { PayModule } from './pay.module';
import { Wechat } from './wechat';

void boot('pay-service', PayConfig, async (config, log) => {
  await MetricsServer.start(config, metrics, log);
  const wechat = new Wechat(config, log);
  wechat.start();
  const app = await NestFactory.createMicroservice(PayModule.over(wechat.dialects), {
    strategy: new DrainingServer(config.listen, config.tls),
    abortOnError: false,
  });
  await untaken('PAY_RPC_LISTEN', config.listen, app.listen());
  log.info({ listen: config.listen }, 'listening');
  return {
    async close() {
      // First the callers' work in flight, which still needs WeChat.
      await app.close();
      await wechat.close();
    },
  };
});
