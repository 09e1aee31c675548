import { Injectable } from '@nestjs/common';
import { AppError, details } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { codeLifeMs } from '@saoma/contracts/values';
import { type EntityManager, type FindOptionsWhere, IsNull, MoreThan } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { runUpdate } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { isToCome, latestMeant, toComeSql } from '../ledger/clock-ahead';
import { type Facts, History } from '../ledger/history';
import { LastingUnknown } from '../ledger/lasting-unknown';
import { endOf, isClosing, isHeld, PayLogRow } from '../ledger/pay-log.entity';
import { orderMetrics } from '../metrics';
import { CodeRefusals, changeOf, isRefused, isWechats } from './code-refusals';
import { PayClient, parseRequest, requestToSend } from './pay-client';
import { PaymentService } from './payment.service';
import { attemptMs } from './schedule';
import { isOthers } from './verdict';

/** A payment that was asked for so lately is not marked again. */
const askedMsMin = 1_000;
/** Why a code that lives is not given out. */
const othersCode = 'the code was asked for by another appid or mch_id than the pay service has now';

// To bring a code is on the hot path, so that its statements are our own (`database/rows.ts`); what
// ends without one is not.

/** Of a payment in NOTPAY the same as `isPayable` and not `isHeld`, but for its time. */
const notStoppedSql = 'close_wish_time IS NULL AND misplaced_time IS NULL';
/**
 * One caller gets the attempt, and only with the request that is frozen, or is so by this: in the
 * place of the one that it has read, as long as nobody was given a code.
 */
const claimCodeSql = `UPDATE tb_paylog
  SET attempt = :attempt, attempt_until_time = :attempt_until_time,
    native_request = :native_request, native_time = COALESCE(native_time, :now), code_url = NULL,
    code_expire_time = :code_expire_time, asked_time = :now, next_look_time = :next_look_time
  WHERE out_trade_no = :out_trade_no AND trade_state = '0' AND ${notStoppedSql}
    AND COALESCE(native_request, '') = :request_before
    AND (native_request = :native_request OR first_code_time IS NULL)
    AND (attempt IS NULL OR attempt = :attempt
      OR NOT ${toComeSql('attempt_until_time', 'latest_attempt_until_time')})
    AND (code_url IS NULL OR NOT ${toComeSql('code_expire_time', 'latest_code_expire_time')})`;
/** What an attempt that ends with a code leaves in the row. */
const keepCodeSql = `UPDATE tb_paylog
  SET attempt = NULL, code_url = :code_url, first_code_time = COALESCE(first_code_time, :now),
    refused_until_time = NULL, code_unknown_time = NULL
  WHERE out_trade_no = :out_trade_no AND attempt = :attempt AND trade_state = '0'`;
/**
 * The same of a payment that can still be paid, and of which no trouble was told before, as most
 * are: then nothing else is read or written. An open refusal would have left `refused_until_time`,
 * and an attempt of which nothing is known `code_unknown_time`: with both NULL the code ends
 * nothing. While `code_expire_time` lies ahead its time is not over: whoever claims writes none
 * beyond `endOf`.
 */
const keepPayableSql = `${keepCodeSql}
    AND ${notStoppedSql} AND code_expire_time > :now
    AND refused_until_time IS NULL AND code_unknown_time IS NULL`;
const markAskedSql = `UPDATE tb_paylog
  SET asked_time = :now,
    next_look_time = CASE WHEN next_look_time < :soon THEN next_look_time ELSE :soon END
  WHERE out_trade_no = :out_trade_no AND trade_state = '0'`;

/**
 * The one live code of a payment. A second code would kill the first, so whoever wants one claims
 * the attempt in the payment's row; and the request is frozen there before WeChat sees it, because
 * WeChat refuses a repeat that differs.
 */
@Injectable()
export class CodeClaims {
  /** Payments that are being claimed here: the rest of a crowd waits without trying. */
  private readonly claiming = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly ids: IdWorker,
    private readonly history: History,
    private readonly pay: PayClient,
    private readonly payments: PaymentService,
    private readonly refusals: CodeRefusals,
    private readonly lasting: LastingUnknown,
  ) {}

  /**
   * The lesson's searchPayLogFromRedis: what there is to pay, with its live code, or with the right
   * to ask WeChat for one. May fail: payment/not-found; wechat/refused, for a while after WeChat's
   * definite no; wechat/unavailable, while the account of now cannot ask about the code that lives;
   * service/unavailable, also when a request has to be prepared and the pay service is away.
   */
  async searchPayLog(wanted: OrderInput<'searchPayLog'>): Promise<OrderAnswer<'searchPayLog'>> {
    const row = await this.find(wanted);
    if (!row || !isPayable(row)) return { state: 'nothing' };
    const now = new Date();
    const { out_trade_no, total_fee, code_url } = row;
    // WeChat has money for it: whoever scanned a code of it now would be told so, or pay twice.
    if (isHeld(row)) {
      throw new AppError('wechat/refused', { detail: details.wechatHasMoney });
    }
    if (code_url && isToCome(row.code_expire_time, now, codeLifeMs)) {
      await this.markAsked(row, now);
      if (isOthers(row.told_state)) {
        throw new AppError('wechat/unavailable', { detail: othersCode });
      }
      return { state: 'code', out_trade_no, total_fee, code_url };
    }
    // Whoever did not hear that it has claimed comes again, and has claimed it.
    const isClaimed = row.attempt !== null && isToCome(row.attempt_until_time, now, attemptMs);
    const isAnothers = isClaimed && row.attempt !== wanted.attempt;
    if (isAnothers || this.claiming.has(out_trade_no)) return { state: 'wait', out_trade_no };
    this.claiming.add(out_trade_no);
    try {
      return await this.claim(row, wanted);
    } finally {
      this.claiming.delete(out_trade_no);
    }
  }

  /**
   * Ends an attempt: with a code, with nothing, or with WeChat's definite no, of which all that
   * follows is done as far as it can be now.
   */
  async keepCode(result: OrderInput<'keepCode'>): Promise<OrderAnswer<'keepCode'>> {
    const { out_trade_no, attempt, code_url, no } = result;
    const now = new Date();
    const kept = await this.database.transaction(async (manager) => {
      if (code_url === null) {
        await this.endWithoutCode(manager, result, now);
        return false;
      }
      const values = { out_trade_no, attempt, code_url, now };
      // Mostly one statement does all; the other is for a code that came late, or ends trouble.
      const isPlain = (await runUpdate(manager, keepPayableSql, values)) === 1;
      if (!isPlain && (await runUpdate(manager, keepCodeSql, values)) !== 1) return false;
      await this.history.append(manager, { out_trade_no, kind: 'code.given', actor: 'wechat' });
      return isPlain || this.endTrouble(manager, out_trade_no);
    });
    await crashPoint('code.kept');
    orderMetrics.codes.add({ outcome: endOfAsking(result) });
    if (no) await this.refusals.follow(out_trade_no, no);
    return { kept };
  }

  /**
   * A code came late or after trouble: the trouble that it ends is over. Gives whether it may be
   * shown: a close may have been wished while WeChat was asked.
   */
  private async endTrouble(manager: EntityManager, out_trade_no: string): Promise<boolean> {
    const row = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
    await this.refusals.end(manager, row);
    await this.endUnknown(manager, row, 'known again: code.given');
    return isPayable(row) && !isHeld(row);
  }

  /** An attempt leaves WeChat's no in the row, or since when nobody knows. */
  private async endWithoutCode(
    manager: EntityManager,
    { out_trade_no, attempt, no, why }: OrderInput<'keepCode'>,
    now: Date,
  ): Promise<void> {
    const since = 'CASE WHEN code_unknown_time <= :latest THEN code_unknown_time ELSE :now END';
    const unknown = { attempt: null, code_unknown_time: () => since };
    const { affected } = await manager
      .createQueryBuilder()
      .update(PayLogRow)
      .set(no ? changeOf(no, now) : unknown)
      .where('out_trade_no = :out_trade_no AND attempt = :attempt', { out_trade_no, attempt })
      .andWhere("trade_state = '0'")
      .setParameters({ now, latest: latestMeant(now) })
      .execute();
    if (affected !== 1) return;
    const actor = isWechats(no) ? 'wechat' : 'service';
    const detail: Facts = { err_code: null, err_code_des: why ?? null, ...no };
    await this.history.append(manager, { out_trade_no, kind: 'code.failed', actor, detail });
    const row = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
    if (no) {
      await this.refusals.write(manager, row, no);
      await this.endUnknown(manager, row, 'known again: code.failed');
    } else {
      await this.lasting.report(manager, row, { since: row.code_unknown_time, why });
    }
  }

  /** What became of asking is known; what WeChat knows of the payment is unknown for itself. */
  private async endUnknown(manager: EntityManager, row: PayLogRow, why: string): Promise<void> {
    if (row.unknown_time === null) await this.lasting.end(manager, row, why);
  }

  /**
   * The clock was set back: how old a code is cannot be told any more, so that none is given out
   * as living. WeChat gives one for the same request again.
   */
  async forgetCodes(manager: EntityManager, now: Date): Promise<void> {
    const living = { trade_state: '0', code_expire_time: MoreThan(now) } as const;
    await manager.update(PayLogRow, living, { code_expire_time: now });
  }

  /**
   * One conditional update decides who asks WeChat, and freezes the request of the first. `wait`:
   * somebody was faster, or the payment cannot be paid any more, and the next search says which.
   */
  private async claim(
    row: PayLogRow,
    { user_id, attempt = this.ids.nextId() }: OrderInput<'searchPayLog'>,
  ): Promise<OrderAnswer<'searchPayLog'>> {
    const { out_trade_no, total_fee } = row;
    const prepared = await this.requestFor(row);
    // What was refused may be right by now: only the same request has to wait.
    const isOther = row.native_request !== null && prepared !== row.native_request;
    if (isRefused(row, new Date()) && !isOther) {
      throw new AppError('wechat/refused', { detail: details.wechatRefused });
    }
    await crashPoint('code.prepared');
    const now = new Date();
    // Its time may have ended while its request was made: the SQL looks at all but the time.
    if (!isPayable(row)) return { state: 'wait', out_trade_no };
    const isOurs = await this.database.transaction(async (manager) => {
      const affected = await runUpdate(manager, claimCodeSql, {
        out_trade_no,
        attempt,
        now,
        request_before: row.native_request ?? '',
        native_request: prepared,
        attempt_until_time: new Date(now.getTime() + attemptMs),
        latest_attempt_until_time: latestMeant(now, attemptMs),
        // From before WeChat is asked; not beyond the payment's end: `keepPayableSql` relies on it.
        code_expire_time: new Date(Math.min(now.getTime() + codeLifeMs, endOf(row).getTime())),
        latest_code_expire_time: latestMeant(now, codeLifeMs),
        next_look_time: new Date(now.getTime() + this.config.QUERY_INTERVAL_MS),
      });
      if (affected !== 1) return false;
      const actor = user_id === null ? 'shopper' : `shopper:${user_id}`;
      await this.history.append(manager, { out_trade_no, kind: 'code.asked', actor });
      return true;
    });
    if (!isOurs) return { state: 'wait', out_trade_no };
    await crashPoint('code.claimed');
    const request = parseRequest(prepared);
    return { state: 'claimed', out_trade_no, total_fee, attempt, request };
  }

  /** Outside of any transaction, because it asks the pay service. */
  private async requestFor(row: PayLogRow): Promise<string> {
    const { out_trade_no, total_fee, body, native_request, first_code_time } = row;
    if (native_request !== null && first_code_time !== null) return native_request;
    const fresh = await this.pay.prepareNative({
      out_trade_no,
      total_fee,
      create_time: row.create_time.toISOString(),
      expire_time: endOf(row).toISOString(),
      now: new Date().toISOString(),
      ...(body !== null && { body }),
    });
    return requestToSend(row, JSON.stringify(fresh));
  }

  private async find(wanted: OrderInput<'searchPayLog'>) {
    const { user_id, out_trade_no } = wanted;
    if (out_trade_no !== null) return this.payments.getRowToPay({ ...wanted, out_trade_no });
    if (user_id === null) throw new AppError('payment/not-found');
    const unpaid = { user_id, trade_state: '0', close_wish_time: IsNull() } as const;
    return this.database.statements(async (manager) => {
      const newest = (where: FindOptionsWhere<PayLogRow>) =>
        manager.findOne(PayLogRow, {
          where,
          order: { create_time: 'DESC', out_trade_no: 'DESC' },
        });
      // One that is being closed or is held hides none that is older and can be paid.
      return (await newest({ ...unpaid, misplaced_time: IsNull() })) ?? newest(unpaid);
    });
  }

  /** A page is waiting again: the payment is young from now on. */
  private async markAsked({ out_trade_no, asked_time }: PayLogRow, now: Date): Promise<void> {
    if (asked_time && Math.abs(now.getTime() - asked_time.getTime()) < askedMsMin) return;
    const soon = new Date(now.getTime() + this.config.QUERY_INTERVAL_MS);
    await this.database.statements((manager) =>
      runUpdate(manager, markAskedSql, { out_trade_no, now, soon }),
    );
  }
}

function isPayable(row: PayLogRow): boolean {
  return row.trade_state === '0' && !isClosing(row);
}

/** How it ended that WeChat was asked for a code. */
function endOfAsking({ code_url, no }: OrderInput<'keepCode'>): 'given' | 'refused' | 'unknown' {
  if (code_url !== null) return 'given';
  return no ? 'refused' : 'unknown';
}
