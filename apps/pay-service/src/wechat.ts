import { X509Certificate } from 'node:crypto';
import type { Log } from '@saoma/platform/log';
import type { PayConfig } from './config';
import { Dialects } from './dialects';
import { GivenCodes } from './given-codes';
import { payMetrics } from './metrics';
import { WechatHttp } from './wechat-http';
import { WechatV2Channel } from './wechat-v2/channel';
import { WechatV3Channel } from './wechat-v3/channel';
import { Connection } from './wechat-v3/connection';

/** Everything that speaks with WeChat, made of the configuration. */
export class Wechat {
  readonly dialects: Dialects;
  private readonly http: WechatHttp;
  private readonly connection: Connection | undefined;

  constructor(config: PayConfig, log: Log) {
    const { v2, v3 } = config;
    const http = new WechatHttp({
      url: config.WECHAT_API_URL,
      backupUrl: config.backupUrl,
      certificate: config.certificate,
      proxies: config,
    });
    const connection = v3 && new Connection(v3.merchant, http, { log });
    const shared = { log, codes: new GivenCodes() };
    const channels = {
      ...(v2 && { v2: new WechatV2Channel(v2, http, shared) }),
      ...(v3 && connection && { v3: new WechatV3Channel(connection, v3.shop, shared) }),
    };
    const merchant = config.certificate && new X509Certificate(config.certificate.cert);
    const own = merchant && new Date(merchant.validTo);
    this.dialects = new Dialects(channels, config.WECHAT_API, log, () => {
      const last = connection?.keys.end;
      return [
        ...(own ? [{ dialect: config.WECHAT_API, name: 'WECHAT_CERT', expires: own }] : []),
        ...(last ? [{ dialect: 'v3', name: "WeChat's certificate", expires: last } as const] : []),
      ];
    });
    this.http = http;
    this.connection = connection;
    payMetrics.certificates.read(() => ({
      merchant: unixSeconds(own),
      wechat: unixSeconds(connection?.keys.end),
    }));
  }

  /** From now on it looks after WeChat's certificates. */
  start(): void {
    this.connection?.keys.start();
  }

  async close(): Promise<void> {
    this.connection?.keys.stop();
    await this.http.close();
  }
}

const unixSeconds = (date: Date | undefined) => date && date.getTime() / 1_000;
