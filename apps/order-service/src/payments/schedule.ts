import { payService } from '@saoma/contracts/pay';
import { payments } from '@saoma/contracts/payments';
import type { OrderConfig } from '../config';
import { latestMeant } from '../ledger/clock-ahead';
import { endOf, type PayLogRow } from '../ledger/pay-log.entity';
import { frozenRequest } from './pay-client';

type Pace = Pick<OrderConfig, 'QR_WAIT_MS' | 'QUERY_INTERVAL_MS'>;
type Watched = Pick<
  PayLogRow,
  'create_time' | 'ttl_ms' | 'asked_time' | 'native_request' | 'close_wish_time' | 'trade_state'
>;

/**
 * A claim of a code outlives whatever its caller does with it: hear of it, and then wait for
 * WeChat. The pay service has given up on WeChat a second before that.
 */
export const attemptMs =
  payments.methods.searchPayLog.limitMsMax + payService.methods.createNative.limitMsMax;
/** The longest pause between two looks at an unpaid payment. */
const pauseMsMax = 60_000;
/** The pause grows by this share of the time that nobody has asked for the code. */
const growth = 0.1;
/** Pauses are up to this share longer, so that payments of one moment spread out. */
const jitter = 0.1;
/** Money may still arrive for a closed payment: it is looked at when it is this old. */
const closedLooksMs = [60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 172_800_000];
/** If the clock says that it is not closed yet, it is looked at with this pause. */
const aheadPauseMs = 600_000;

/**
 * The next look at an unpaid payment: every QUERY_INTERVAL_MS while its code is young (asked for
 * less than QR_WAIT_MS ago), then ever more slowly, and when its life ends in any case.
 */
export function nextLook(row: Watched, now: Date, pace: Pace): Date {
  const endMs = endOf(row).getTime();
  const over = row.close_wish_time !== null || now.getTime() >= endMs;
  if (row.native_request === null && !over) return new Date(endMs);
  const sinceMs = over
    ? now.getTime() - (row.close_wish_time?.getTime() ?? endMs)
    : now.getTime() - (row.asked_time ?? row.create_time).getTime() - pace.QR_WAIT_MS;
  const grownMs = pace.QUERY_INTERVAL_MS + Math.max(0, sinceMs) * growth;
  const pauseMs = Math.max(pace.QUERY_INTERVAL_MS, Math.min(grownMs, pauseMsMax));
  const lookMs = now.getTime() + pauseMs * (1 + Math.random() * jitter);
  return new Date(over ? lookMs : Math.min(lookMs, Math.max(endMs, now.getTime())));
}

/**
 * From when on WeChat takes a close: in v2 not in the first minutes after it has opened a payment.
 * If a clock that was ahead wrote when that was, WeChat itself is asked.
 */
export function closeableFrom(
  row: Pick<PayLogRow, 'first_code_time' | 'native_time' | 'native_request'>,
  { WECHAT_CLOSE_AFTER_MS }: Pick<OrderConfig, 'WECHAT_CLOSE_AFTER_MS'>,
  now: Date,
): Date {
  if (frozenRequest(row)?.dialect === 'v3') return new Date(0);
  const { first_code_time, native_time } = row;
  const opened = first_code_time ?? native_time;
  const isKnown = opened !== null && opened <= latestMeant(now);
  return new Date(isKnown ? opened.getTime() + WECHAT_CLOSE_AFTER_MS : 0);
}

/**
 * The next look at a payment that was closed at `closed`; null after the last one. Closed while a
 * clock was ahead, it is looked at now and then until the clock is there again.
 */
export function lookAfterClose(closed: Date, now: Date): Date | null {
  if (closed > latestMeant(now)) return new Date(now.getTime() + aheadPauseMs);
  const ageMs = closedLooksMs.find((ms) => closed.getTime() + ms > now.getTime());
  return ageMs === undefined ? null : new Date(closed.getTime() + ageMs);
}
