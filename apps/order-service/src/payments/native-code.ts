import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { NativeRequest } from '@saoma/contracts/pay';
import type { EntityManager } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { IdWorker } from '../ids/id-worker';
import { type Facts, History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { endOf } from './schedule';

/** WeChat lets a code live this long; it is counted from before WeChat was asked for it. */
const codeLifeMs = 2 * 3_600_000;
/** An attempt belongs to one caller for longer than a call of the pay service can take (9 s). */
const attemptMs = 12_000;
/** WeChat refuses an expiry sooner than this. */
const expireMsMin = 300_000;
/** A payment that was asked for so lately is not marked again. */
const askedMsMin = 1_000;

/**
 * The one live code of a payment. A second code would kill the first, so whoever wants one claims
 * the attempt in the payment's row; and the request is frozen there before WeChat sees it, because
 * WeChat refuses a repeat that differs.
 */
@Injectable()
export class NativeCode {
  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly ids: IdWorker,
    private readonly history: History,
  ) {}

  /** The lesson's searchPayLogFromRedis: what there is to pay, and its code if it has one. */
  async searchPayLog(wanted: OrderInput<'searchPayLog'>): Promise<OrderOutput<'searchPayLog'>> {
    const row = await this.find(wanted);
    const now = new Date();
    if (!row || !this.isPayable(row, now)) return { state: 'nothing' };
    const { out_trade_no, total_fee, code_url } = row;
    if (code_url && hasLiveCode(row, now)) {
      await this.markAsked(row, now);
      return { state: 'code', out_trade_no, total_fee, code_url };
    }
    const expires = this.config.PAY_LOG_TTL_MS >= expireMsMin;
    return {
      state: 'no-code',
      out_trade_no,
      total_fee,
      create_time: row.create_time.toISOString(),
      expire_time: expires ? endOf(row, this.config).toISOString() : null,
    };
  }

  /** One conditional update decides who asks WeChat, and freezes the request of the first. */
  async claimCode({ request }: OrderInput<'claimCode'>): Promise<OrderOutput<'claimCode'>> {
    const { out_trade_no } = request;
    const now = new Date();
    const attempt = this.ids.nextId();
    const { claimed, row } = await this.database.transaction(async (manager) => {
      const { affected } = await this.claim(manager, { attempt, now, request });
      const row = await manager.findOneBy(PayLogRow, { out_trade_no });
      if (affected === 1 && row) {
        const actor = `shopper:${row.user_id}`;
        await this.history.append(manager, { out_trade_no, kind: 'code.asked', actor });
      }
      return { claimed: affected === 1, row };
    });
    await crashPoint('code.claimed');
    if (!row) throw new AppError('payment/not-found');
    if (claimed && row.native_request) {
      const frozen = NativeRequest.parse(JSON.parse(row.native_request));
      return { state: 'claimed', attempt, request: frozen };
    }
    if (String(row.total_fee) !== request.total_fee) {
      throw new AppError('request/invalid', { detail: 'total_fee is not that of the payment' });
    }
    return { state: this.isPayable(row, now) ? 'wait' : 'nothing' };
  }

  /**
   * Ends an attempt. After WeChat's definite no the attempt stays claimed until its time is over,
   * and the watcher looks at once: it may be paid, or closed on WeChat's side.
   */
  async keepCode(result: OrderInput<'keepCode'>): Promise<OrderOutput<'keepCode'>> {
    const { out_trade_no, attempt, code_url, err_code } = result;
    const now = new Date();
    const kept = await this.database.transaction(async (manager) => {
      const { affected } = await manager
        .createQueryBuilder()
        .update(PayLogRow)
        .set(outcomeOf(result, now))
        .where('out_trade_no = :out_trade_no AND attempt = :attempt', { out_trade_no, attempt })
        .andWhere("trade_state = '0'")
        .setParameters({ now })
        .execute();
      if (affected !== 1) return false;
      const kind = code_url === null ? 'code.failed' : 'code.given';
      const detail: Facts = code_url === null ? { err_code } : {};
      await this.history.append(manager, { out_trade_no, kind, actor: 'wechat', detail });
      return code_url !== null;
    });
    await crashPoint('code.kept');
    return { kept };
  }

  private claim(
    manager: EntityManager,
    { attempt, now, request }: { attempt: string; now: Date; request: NativeRequest },
  ) {
    return manager
      .createQueryBuilder()
      .update(PayLogRow)
      .set({
        attempt,
        attempt_until_time: new Date(now.getTime() + attemptMs),
        native_request: () => 'COALESCE(native_request, :request)',
        native_time: () => 'COALESCE(native_time, :now)',
        code_url: null,
        code_expire_time: new Date(now.getTime() + codeLifeMs),
        asked_time: now,
        next_look_time: new Date(now.getTime() + this.config.QUERY_INTERVAL_MS),
      })
      .where("out_trade_no = :out_trade_no AND trade_state = '0' AND close_wish_time IS NULL")
      .andWhere('total_fee = :total_fee AND create_time > :oldest')
      .andWhere('(attempt IS NULL OR attempt_until_time <= :now)')
      .andWhere('(code_url IS NULL OR code_expire_time <= :now)')
      .setParameters({
        out_trade_no: request.out_trade_no,
        request: JSON.stringify(request),
        now,
        total_fee: Number(request.total_fee),
        oldest: new Date(now.getTime() - this.config.PAY_LOG_TTL_MS),
      })
      .execute();
  }

  private async find({ user_id, out_trade_no }: OrderInput<'searchPayLog'>) {
    if (out_trade_no === null) {
      return this.database.statements((manager) =>
        manager.findOne(PayLogRow, {
          where: { user_id, trade_state: '0' },
          order: { out_trade_no: 'DESC' },
        }),
      );
    }
    const row = await this.read(out_trade_no);
    if (row?.user_id !== user_id) throw new AppError('payment/not-found');
    return row;
  }

  private read(out_trade_no: string): Promise<PayLogRow | null> {
    return this.database.statements((manager) => manager.findOneBy(PayLogRow, { out_trade_no }));
  }

  private isPayable(row: PayLogRow, now: Date): boolean {
    return row.trade_state === '0' && !row.close_wish_time && now < endOf(row, this.config);
  }

  /** A page is waiting again: the payment is young from now on. */
  private async markAsked({ out_trade_no, asked_time }: PayLogRow, now: Date): Promise<void> {
    if (asked_time && now.getTime() - asked_time.getTime() < askedMsMin) return;
    const soon = new Date(now.getTime() + this.config.QUERY_INTERVAL_MS);
    await this.database.statements((manager) =>
      manager
        .createQueryBuilder()
        .update(PayLogRow)
        .set({
          asked_time: now,
          next_look_time: () =>
            'CASE WHEN next_look_time < :soon THEN next_look_time ELSE :soon END',
        })
        .where("out_trade_no = :out_trade_no AND trade_state = '0'", { out_trade_no, soon })
        .execute(),
    );
  }
}

/** What an attempt leaves in the row: a code, nothing, or WeChat's no. */
function outcomeOf({ code_url, err_code }: OrderInput<'keepCode'>, now: Date) {
  if (code_url !== null) {
    return { attempt: null, code_url, first_code_time: () => 'COALESCE(first_code_time, :now)' };
  }
  return err_code === null ? { attempt: null } : { next_look_time: now };
}

function hasLiveCode({ code_url, code_expire_time }: PayLogRow, now: Date): boolean {
  return code_url !== null && code_expire_time !== null && now < code_expire_time;
}
