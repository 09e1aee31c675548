import assert from 'node:assert/strict';
import { AppError } from '@saoma/contracts/errors';
import type { TradeState } from '@saoma/contracts/payments';
import { Subject } from 'rxjs';
import { aPayment, bearer, type Scene } from '../spec-kit';

type Ring = { kind: 'settled'; out_trade_no: string } | { kind: 'heartbeat' };

/** An order service whose payments a test moves, with or without ringing the bell. */
export class Book {
  readonly states = new Map<string, TradeState>([['1001', 'NOTPAY']]);
  /** What of a payment is told before it is decided. */
  early: { closing?: true; held?: true } = {};
  bell = new Subject<Ring>();
  /** A look at all of them is answered when this is over, with what it found before. */
  pause: Promise<void> | undefined;
  /** How often one payer looked, and how often somebody looked for all. */
  looks = 0;
  nets: string[][] = [];
  watchers = 0;
  away = false;

  readonly handlers = {
    watchSettled: () => {
      this.watchers += 1;
      return this.bell;
    },
    getPayment: ({ out_trade_no, user_id }: { out_trade_no: string; user_id: string | null }) => {
      this.looks += 1;
      if (this.away) throw new AppError('service/unavailable');
      const trade_state = this.states.get(out_trade_no);
      if (!trade_state || user_id !== 'anna') throw new AppError('payment/not-found');
      return aPayment({ out_trade_no, trade_state, ...this.early });
    },
    lookPayments: async ({ out_trade_nos }: { out_trade_nos: string[] }) => {
      if (this.away) throw new AppError('service/unavailable');
      this.nets.push(out_trade_nos);
      const news = out_trade_nos.flatMap((out_trade_no) => {
        const trade_state = this.states.get(out_trade_no) ?? 'NOTPAY';
        const isNews = trade_state !== 'NOTPAY' || Object.keys(this.early).length > 0;
        return isNews ? [aPayment({ out_trade_no, trade_state, ...this.early })] : [];
      });
      await this.pause;
      return news;
    },
  };

  settle(out_trade_no: string, trade_state: TradeState): void {
    this.states.set(out_trade_no, trade_state);
  }

  ring(out_trade_no: string): void {
    this.bell.next({ kind: 'settled', out_trade_no });
  }
}

export const paid = '{"success":true,"message":"支付成功"}';
export const timedOut = '{"success":false,"message":"二维码超时"}';
export const failed = '{"success":false,"message":"支付出错"}';

/** What a page is told that waits for a payment. */
export async function wait(scene: Scene, out_trade_no = '1001', path = '/pay/queryPayStatus.do') {
  const query = `?out_trade_no=${encodeURIComponent(out_trade_no)}`;
  const answer = await scene.ask('GET', path + query, { headers: await bearer() });
  assert.equal(answer.status, 200);
  return answer.text;
}
