import type { KeyObject } from 'node:crypto';
import type { Log } from '@saoma/platform/log';
import type { WechatHttp } from '../wechat-http';
import { KeyRing, type WechatPublicKey } from './key-ring';
import { WechatV3Requests } from './requests';

/** Who we are to WeChat: what messages name, and the keys of both sides. All are made once. */
export interface MerchantKeys {
  readonly appid: string;
  readonly mch_id: string;
  readonly apiV3Key: KeyObject;
  readonly privateKey: KeyObject;
  /** The serial number of the merchant's certificate, and when that ends. */
  readonly serial_no: string;
  readonly expires: Date;
  readonly publicKey: WechatPublicKey | undefined;
}

/** Everything by which WeChat and we know each other. */
export class Connection {
  readonly requests: WechatV3Requests;
  readonly keys: KeyRing;
  /** Unix milliseconds. */
  readonly now: () => number;

  constructor(
    readonly merchant: MerchantKeys,
    http: WechatHttp,
    { log, now = Date.now }: { readonly log: Log; readonly now?: () => number },
  ) {
    const { mch_id: mchid, serial_no, privateKey, publicKey, apiV3Key, expires } = merchant;
    this.now = now;
    this.requests = new WechatV3Requests({ mchid, serial_no, privateKey }, http, {
      publicKeyId: publicKey?.id,
      now,
    });
    this.keys = new KeyRing({
      publicKey,
      apiV3Key,
      own: { name: 'WECHAT_CERT', serial: serial_no, expires },
      requests: this.requests,
      log,
      now,
    });
  }
}
