import type { Input } from '@saoma/contracts/define';
import { payService } from '@saoma/contracts/pay';
import { Serves } from '@saoma/platform/rpc/serves';
import { WechatChannel } from './wechat-channel';

type Pay = typeof payService;

/** The pay service on the wire: whoever asks gets the channel's verdict. */
@Serves(payService)
export class PayController {
  constructor(private readonly channel: WechatChannel) {}

  prepareNative(input: Input<Pay, 'prepareNative'>) {
    return this.channel.prepareNative(input);
  }

  createNative(input: Input<Pay, 'createNative'>) {
    return this.channel.createNative(input);
  }

  queryPayStatus(input: Input<Pay, 'queryPayStatus'>) {
    return this.channel.queryPayStatus(input);
  }

  closeOrder(input: Input<Pay, 'closeOrder'>) {
    return this.channel.closeOrder(input);
  }

  readNotice(input: Input<Pay, 'readNotice'>) {
    const { body_base64, headers } = input;
    return this.channel.readNotice({ body: Buffer.from(body_base64, 'base64'), headers });
  }

  prepareRefund(input: Input<Pay, 'prepareRefund'>) {
    return this.channel.prepareRefund(input);
  }

  refund(input: Input<Pay, 'refund'>) {
    return this.channel.refund(input);
  }

  queryRefund(input: Input<Pay, 'queryRefund'>) {
    return this.channel.queryRefund(input);
  }
}
