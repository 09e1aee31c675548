import { Logger } from '@nestjs/common';
import { createLog } from '@saoma/platform/log';
import { startSandbox } from '../app';
import { TurnableClock } from '../clock';
import type { SandboxSetup } from '../config';
import { exampleMerchant, type Merchant, type PlatformMode } from '../merchant';
import { type SettingsValues, wechatSettings } from '../settings';
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
  readonly tls?: SandboxSetup['tls'];
  readonly logLevel?: string;
}

/** A sandbox inside this process, and the way to it. */
export interface SandboxKit {
  /** For the client under test; no slash at the end. */
  readonly url: string;
  readonly merchant: Merchant;
  readonly control: SandboxClient;
  close(): Promise<void>;
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
    tls: options.tls,
  };
  const clock = new TurnableClock(options.at === 'real' ? undefined : (options.at ?? standsAt));
  const log = createLog('wechat-sandbox', options.logLevel ?? 'silent');
  // Nest's start-up chatter has no place in somebody's test run.
  Logger.overrideLogger(['error', 'warn']);
  const running = await startSandbox(setup, log, clock);
  return {
    url: running.url,
    merchant,
    control: new SandboxClient(running.url),
    close: () => running.close(),
  };
}
