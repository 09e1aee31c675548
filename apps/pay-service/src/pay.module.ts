import { type DynamicModule, Module } from '@nestjs/common';
import { PayController } from './pay.controller';
import { WechatChannel } from './wechat-channel';

/** The pay service over whichever channel speaks with WeChat. */
@Module({})
export class PayModule {
  static over(channel: WechatChannel): DynamicModule {
    return {
      module: PayModule,
      controllers: [PayController],
      providers: [{ provide: WechatChannel, useValue: channel }],
    };
  }
}
