import type { Log } from '@saoma/platform/log';
import { Seldom } from '@saoma/platform/seldom';
import { payMetrics } from './metrics';

/** Why a notice is not taken; its sender is told none of it. */
interface Refused {
  /** In our own words, of which there are few. */
  readonly reason: string;
  /** What the notice says of itself, in one line. */
  readonly detail?: string | undefined;
  readonly request_id?: string;
}

/**
 * Tells the log why notices are refused. Anybody can send one, as often as he likes: each reason is
 * told once a minute, and with the next one how many were left out.
 */
export class RefusedNotices {
  private readonly seldom = new Seldom();

  constructor(private readonly log: Log) {}

  tell(refused: Refused): void {
    payMetrics.notices.add({ outcome: 'refused' });
    const left_out = this.seldom.turnOf(refused.reason);
    if (left_out === undefined) return;
    this.log.warn({ ...refused, ...(left_out > 0 && { left_out }) }, 'notice refused');
  }
}
