import { Logger } from '@nestjs/common';
import { createLog } from '@saoma/platform/log';
import { startSandbox } from '../app';
import { TurnableClock } from '../clock';
import type { SandboxSetup } from '../config';
import { exampleMerchant, type Merchant, type PlatformMode } from '../merchant';
import { type SettingsValues, wechatSettings } from '../settings';
import { makeCertificate } from '../v3/platform-keys';
import { SandboxClient } from './sandbox-client';

/** All of it may be left out. */
export interface SandboxOptions {
  /** The time at which the clock stands; `real` lets it run with the machine's. */
  readonly at?: string;
  /** The first is `merchant` of the kit. */
  readonly merchants?: readonly [Merchant, ...Merchant[]];
  /** For merchants without a mode of their own: `public-key` unless another is given. */
  readonly platformMode?: PlatformMode;
  readonly settings?: Partial<SettingsValues>;
  readonly tradesMax?: number;
  /** The path of a file that keeps the book, so that another sandbox goes on with it. */
  readonly file?: string;
  readonly tls?: SandboxSetup['tls'];
  readonly logLevel?: string;
}

/** A sandbox inside this process, and the way to it. */
export interface SandboxKit {
  /** For the client under test; no slash at the end. */
  readonly url: string;
  readonly merchant: Merchant;
  readonly control: SandboxClient;
  /** Gives the merchant a certificate of APIv3, as WeChat's merchant console does. */
  certify(): Promise<MerchantKeys>;
  close(): Promise<void>;
}

/** What a merchant signs APIv3 with; PEM texts. */
interface MerchantKeys {
  readonly serial_no: string;
  readonly private_key: string;
  readonly certificate: string;
}

const standsAt = '2026-09-30T10:15:00+08:00';

/**
 * Starts a sandbox inside this process, on a free port of 127.0.0.1, with a clock that stands
 * still until `control.advance` turns it. Close it at the end of the test.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<SandboxKit> {
  const [merchant, ...others] = options.merchants ?? [exampleMerchant];
  const setup: SandboxSetup = {
    host: '127.0.0.1',
    port: 0,
    merchants: [merchant, ...others],
    platformMode: options.platformMode ?? 'public-key',
    settings: { ...wechatSettings, ...options.settings },
    tradesMax: options.tradesMax ?? 10_000,
    file: options.file,
    tls: options.tls,
  };
  const clock = new TurnableClock(options.at === 'real' ? undefined : (options.at ?? standsAt));
  const log = createLog('wechat-sandbox', options.logLevel ?? 'silent');
  // Nest's start-up chatter has no place in somebody's test run.
  Logger.overrideLogger(['error', 'warn']);
  const running = await startSandbox(setup, log, clock);
  const control = new SandboxClient(running.url);
  return {
    url: running.url,
    merchant,
    control,
    async certify() {
      const { serial, privateKey, certificate } = await makeCertificate();
      const { appid, mch_id } = merchant;
      await control.merchant({ appid, mch_id, certificate });
      const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { serial_no: serial, private_key, certificate };
    },
    close: () => running.close(),
  };
}
