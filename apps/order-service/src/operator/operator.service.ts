import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { Anomaly, Delivery, PayEvent, PayEventKind } from '@saoma/contracts/operator';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import type { DeliveryType } from '@saoma/contracts/webhooks';
import { In, LessThan, MoreThan, Not } from 'typeorm';
import { Database } from '../database/database';
import { pageOf } from '../database/page';
import { AnomalyRow, hasNote, toAnomaly, withNote } from '../ledger/anomaly.entity';
import { DeliveryRow, toDelivery } from '../ledger/delivery.entity';
import { History } from '../ledger/history';
import { PayEventRow, toPayEvent } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { PaymentService } from '../payments/payment.service';

const eventsPerPageMax = 200;

/** What a shopper is not told: the messages to the shop, and what operators write down. */
const kindsOfOperators: PayEventKind[] = [
  'delivery.done',
  'delivery.failed',
  'delivery.dead',
  'delivery.replayed',
  'anomaly.resolved',
];

/** A shopper is told that it was an operator, not which one. */
function withoutOperator(event: PayEvent): PayEvent {
  return event.actor.startsWith('operator:') ? { ...event, actor: 'operator' } : event;
}

/** Only those in one state, or of one payment. */
function filterOf<S>({ state, out_trade_no }: { state: S | null; out_trade_no?: string }) {
  return { ...(state && { state }), ...(out_trade_no && { out_trade_no }) };
}

/** What operators see of payments, and what they decide. */
@Injectable()
export class OperatorService {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentService,
    private readonly history: History,
  ) {}

  async timeline(wanted: OrderInput<'timeline'>): Promise<OrderAnswer<'timeline'>> {
    const { out_trade_no } = await this.payments.getRow(wanted);
    const after = wanted.cursor === null ? {} : { event_id: MoreThan(wanted.cursor) };
    const seen = wanted.operator ? {} : { kind: Not(In(kindsOfOperators)) };
    const rows = await this.database.listing.statements((manager) =>
      manager.find(PayEventRow, {
        where: { out_trade_no, ...after, ...seen },
        order: { event_id: 'ASC' },
        take: eventsPerPageMax + 1,
      }),
    );
    const show = (row: PayEventRow) =>
      wanted.operator ? toPayEvent(row) : withoutOperator(toPayEvent(row));
    const { page, cursor } = pageOf(rows, { limit: eventsPerPageMax, key: 'event_id', show });
    return { events: page, cursor };
  }

  async listAnomalies(wanted: OrderInput<'listAnomalies'>): Promise<OrderAnswer<'listAnomalies'>> {
    const { cursor, limit } = wanted;
    const rows = await this.database.listing.statements((manager) =>
      manager.find(AnomalyRow, {
        where: { ...filterOf(wanted), ...(cursor && { anomaly_id: LessThan(cursor) }) },
        order: { anomaly_id: 'DESC' },
        take: limit + 1,
      }),
    );
    const { page, cursor: next } = pageOf(rows, { limit, key: 'anomaly_id', show: toAnomaly });
    return { anomalies: page, cursor: next };
  }

  /** Safe to repeat. Another note is added to those that are there. */
  async resolveAnomaly(command: OrderInput<'resolveAnomaly'>): Promise<Anomaly> {
    const { anomaly_id, note, user_id } = command;
    return this.database.transaction(async (manager) => {
      const where = { anomaly_id };
      const row = await manager.findOne(AnomalyRow, { where, ...this.database.rowLock });
      if (!row) throw new AppError('anomaly/not-found');
      if (row.state === 'RESOLVED' && hasNote(row, note)) return toAnomaly(row);
      const change = { note: withNote(row, note), resolved_by: user_id } as const;
      const resolved = { ...change, state: 'RESOLVED', resolved_time: new Date() } as const;
      await manager.update(AnomalyRow, where, resolved);
      const { out_trade_no } = row;
      // What made WeChat refuse a code is dealt with: nobody waits for the end of the pause.
      const askAgain = { refused_until_time: null };
      if (row.kind === 'code-refused') await manager.update(PayLogRow, { out_trade_no }, askAgain);
      await this.history.append(manager, {
        out_trade_no,
        kind: 'anomaly.resolved',
        actor: `operator:${user_id}`,
        detail: { anomaly_id, note },
      });
      return toAnomaly({ ...row, ...resolved });
    });
  }

  async listDeliveries(
    wanted: OrderInput<'listDeliveries'>,
  ): Promise<OrderAnswer<'listDeliveries'>> {
    const { cursor, limit } = wanted;
    const known = wanted.payment_paid ? {} : { type: Not<DeliveryType>('payment.paid') };
    const rows = await this.database.listing.statements((manager) =>
      manager.find(DeliveryRow, {
        where: { ...filterOf(wanted), ...known, ...(cursor && { event_id: LessThan(cursor) }) },
        order: { event_id: 'DESC' },
        take: limit + 1,
      }),
    );
    const { page, cursor: next } = pageOf(rows, { limit, key: 'event_id', show: toDelivery });
    return { deliveries: page, cursor: next };
  }

  /** A message that is under way stays what it is; a dead or delivered one is sent anew. */
  async replayDelivery(command: OrderInput<'replayDelivery'>): Promise<Delivery> {
    const { event_id, user_id } = command;
    return this.database.transaction(async (manager) => {
      const { affected } = await manager.update(
        DeliveryRow,
        { event_id, state: In(['DEAD', 'DELIVERED']) },
        { state: 'PENDING', tries: 0, next_try_time: new Date() },
      );
      const row = await manager.findOneBy(DeliveryRow, { event_id });
      if (!row) throw new AppError('delivery/not-found');
      if (affected === 1) {
        await this.history.append(manager, {
          out_trade_no: row.out_trade_no,
          kind: 'delivery.replayed',
          actor: `operator:${user_id}`,
          detail: { event_id, type: row.type },
        });
      }
      return toDelivery(row);
    });
  }
}
