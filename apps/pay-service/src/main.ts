import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { boot } from '@saoma/platform/boot';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { PayConfig } from './config';
import { Dialects } from './dialects';
import { PayModule } from './pay.module';
import { WechatHttp } from './wechat-http';
import { WechatV2Channel } from './wechat-v2/channel';
import { WechatV3Channel } from './wechat-v3/channel';
import { Connection } from './wechat-v3/connection';

void boot('pay-service', PayConfig, async (config, log) => {
  const http = new WechatHttp({
    url: config.WECHAT_API_URL,
    backupUrl: config.backupUrl,
    certificate: config.certificate,
    proxies: config,
  });
  const { v2, v3 } = config;
  const connection = v3 && new Connection(v3.merchant, http, { log });
  const channels = {
    ...(v2 && { v2: new WechatV2Channel(v2, http, log) }),
    ...(v3 && connection && { v3: new WechatV3Channel(connection, v3.shop, log) }),
  };
  const dialects = new Dialects(channels, config.WECHAT_API, log);
  connection?.keys.start();
  const app = await NestFactory.createMicroservice(PayModule.over(dialects), {
    strategy: new DrainingServer(config.listen),
    abortOnError: false,
  });
  await app.listen();
  log.info({ listen: config.listen }, 'listening');
  return {
    async close() {
      // First the callers' work in flight, which still needs WeChat.
      await app.close();
      connection?.keys.stop();
      await http.close();
    },
  };
});
