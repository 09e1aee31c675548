import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { boot } from '@saoma/platform/boot';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { PayConfig } from './config';
import { PayModule } from './pay.module';
import { WechatHttp } from './wechat-http';
import { WechatV2Channel } from './wechat-v2/channel';

void boot('pay-service', PayConfig, async (config, log) => {
  const http = new WechatHttp({
    url: config.WECHAT_API_URL,
    backupUrl: config.backupUrl,
    certificate: config.certificate,
    proxies: config,
  });
  const channel = new WechatV2Channel(config.merchant, http, log);
  const app = await NestFactory.createMicroservice(PayModule.over(channel), {
    strategy: new DrainingServer(config.listen),
    abortOnError: false,
  });
  await app.listen();
  log.info({ listen: config.listen }, 'listening');
  return {
    async close() {
      // First the callers' work in flight, which still needs WeChat.
      await app.close();
      await http.close();
    },
  };
});
