import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { boot } from '@saoma/platform/boot';
import { DrainingServer } from '@saoma/platform/rpc/server';
import { config, merchantOf } from './config';
import { PayModule } from './pay.module';
import { WechatHttp } from './wechat-http';
import { WechatV2Channel } from './wechat-v2/channel';

void boot('pay-service', config, async (log) => {
  const settings = config();
  const http = new WechatHttp({
    url: settings.WECHAT_API_URL,
    backupUrl: settings.WECHAT_API_BACKUP_URL,
    certificate: settings.certificate,
  });
  const channel = new WechatV2Channel(merchantOf(settings), http, log);
  const app = await NestFactory.createMicroservice(PayModule.over(channel), {
    strategy: new DrainingServer(settings.PAY_RPC_LISTEN),
    abortOnError: false,
  });
  await app.listen();
  log.info({ listen: settings.PAY_RPC_LISTEN }, 'listening');
  return {
    async close() {
      // First the callers' work in flight, which still needs WeChat.
      await app.close();
      await http.close();
    },
  };
});
