import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { Trouble } from '@saoma/contracts/health';
import { Complaints } from '@saoma/platform/complaints';
import { singleFlight } from '@saoma/platform/single-flight';
import { within } from '@saoma/platform/within';
import { Database, wrongClockMsMax } from '../database/database';
import { storeMetrics } from '../metrics';
import { PayClient } from '../payments/pay-client';
import { SharedStore } from '../redis/shared-store';

/** The stores are looked at so often, asked or not: what leads nowhere is given up in time. */
const lookEveryMs = 1_000;
/** Each way has this long to answer. */
const wayMsMax = 2_000;

/** Looks whether money can move, and keeps the ways to the stores open. */
@Injectable()
export class HealthService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly look = singleFlight(() => this.lookAtStores());
  /** What did not work when it was last looked at. */
  private troubles: readonly Trouble[] = [];
  private readonly complaints = new Complaints(new Logger('health'));

  constructor(
    private readonly database: Database,
    private readonly store: SharedStore,
    private readonly pay: PayClient,
  ) {
    const isWell = (one: string) => (this.troubles.some(({ way }) => way === one) ? 0 : 1);
    storeMetrics.healthy.read(() => ({
      database: isWell('database'),
      redis: isWell('redis'),
      clock: isWell('clock'),
    }));
  }

  /** Whether the stores took writes when they were last looked at. */
  get isWell(): boolean {
    return this.troubles.every(({ way }) => way === 'clock');
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async ready(): Promise<{ troubles: Trouble[] }> {
    const nobody = { out_trade_no: '0', total_fee: 1, expire_time: null };
    const create_time = new Date().toISOString();
    const pay = troubleOn(
      'pay',
      this.pay.prepareNative({ ...nobody, create_time, now: create_time }),
    );
    const troubles = await Promise.all([this.look(), pay]);
    return { troubles: troubles.flat() };
  }

  private async lookAtStores(): Promise<readonly Trouble[]> {
    const redis = troubleOn('redis', this.store.probe());
    this.troubles = (await Promise.all([this.lookAtDatabase(), redis])).flat();
    return this.troubles;
  }

  private async lookAtDatabase(): Promise<Trouble[]> {
    const clock: Trouble[] = [];
    const told = this.database.probe().then((theirMs) => {
      clock.push(...this.compare(Date.now(), theirMs));
    });
    return [...(await troubleOn('database', told)), ...clock];
  }

  /** Money moves under a wrong clock too, but what people are told of times is wrong. */
  private compare(ourMs: number, theirMs = ourMs): Trouble[] {
    const apartMs = ourMs - theirMs;
    if (Math.abs(apartMs) <= wrongClockMsMax) return [];
    const seconds = Math.round(Math.abs(apartMs) / 1_000);
    const side = apartMs > 0 ? 'ahead of' : 'behind';
    const why = `the clock of the order service is ${seconds} s ${side} the database's`;
    this.complaints.tell('a clock is wrong', { code: 'CLOCK', message: why });
    return [{ way: 'clock', why }];
  }
}

async function troubleOn(way: string, answer: Promise<unknown>): Promise<Trouble[]> {
  const well: Trouble[] = [];
  const told = answer.then(
    () => well,
    (error: unknown): Trouble[] => [{ way, why: wordsOf(error) }],
  );
  return within(wayMsMax, told, () => [{ way, why: `no answer within ${wayMsMax} ms` }]);
}

/** Only what is meant for callers leaves the process; the log has the rest. */
const wordsOf = (error: unknown) =>
  error instanceof AppError ? error.message : 'an unexpected error: see the log';
