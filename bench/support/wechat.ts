import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Child } from '../../test/support/child';
import { temporaryFolder } from '../../test/support/folders';
import { ask, expected } from '../../test/support/http';
import { freePort } from '../../test/support/ports';
import { V3Keys } from '../../test/support/wechat';
import { startProcess } from './load';
import type { Trade } from './stub-book';

export const merchant = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_MCH_ID: '1900000109',
  WECHAT_KEY: randomBytes(16).toString('hex'),
};

/** WeChat of the bench: it answers at once. */
export class Wechat {
  private constructor(
    readonly url: string,
    readonly process: Child,
    private readonly keys: {
      readonly v3: Readonly<Record<string, string>>;
      readonly bothSides: Readonly<Record<string, string>>;
    },
  ) {}

  /** `more`: variables of its process (bench/processes/wechat.ts). */
  static async start(more: Readonly<Record<string, string>> = {}): Promise<Wechat> {
    const folder = temporaryFolder('bench');
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const public_key_id = 'PUB_KEY_ID_0119000001092026112500000000';
    const keys = new V3Keys(folder);
    const PORT = String(await freePort());
    const own = { PLATFORM_KEY: privateKey, PLATFORM_KEY_ID: public_key_id };
    const env = { PORT, ...merchant, ...keys.sandbox, ...own, ...more };
    const child = await startProcess({ name: 'wechat', env });
    const told = await keys.pay({
      publicKey: async () => ({ public_key: publicKey, public_key_id }),
    });
    const bothSides = { ...merchant, ...own, ...told };
    return new Wechat(`http://127.0.0.1:${PORT}`, child, {
      v3: { ...told, WECHAT_API: 'v3' },
      bothSides,
    });
  }

  /** What the pay service needs to speak v3 with it. */
  get v3(): Readonly<Record<string, string>> {
    return this.keys.v3;
  }

  /** All that it and a merchant of both dialects know. */
  get bothSides(): Readonly<Record<string, string>> {
    return this.keys.bothSides;
  }

  /** How often each call was made. */
  async calls(): Promise<Record<string, number>> {
    const answer = await ask('GET', `${this.url}/bench/calls`);
    return expected(200, answer) as Record<string, number>;
  }

  /** WeChat knows of a payment that nobody has asked it for. */
  async learn(out_trade_no: string, trade: Omit<Trade, 'transaction_id'>): Promise<void> {
    const body = { ...trade, transaction_id: '' };
    expected(200, await ask('POST', `${this.url}/bench/trade/${out_trade_no}`, { body }));
  }

  async stop(): Promise<void> {
    await this.process.end('SIGTERM');
  }
}
