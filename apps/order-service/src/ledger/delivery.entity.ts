import type { Delivery } from '@saoma/contracts/operator';
import type { DeliveryType } from '@saoma/contracts/webhooks';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { id, moment, momentOrNull, outTradeNo } from '../database/columns';

/** One message to the shop's webhook, written in the transaction of what it tells. */
@Entity('tb_outbox')
@Index('tb_outbox_by_try', ['state', 'next_try_time'])
@Index('tb_outbox_by_payment', ['out_trade_no', 'event_id'])
export class DeliveryRow {
  /** Also the message's `webhook-id`: the receiver knows a repeat by it. */
  @PrimaryColumn(id)
  event_id!: string;

  @Column(outTradeNo)
  out_trade_no!: string;

  @Column({ type: 'varchar', length: 32 })
  type!: DeliveryType;

  /** The body, byte for byte the same at every try. */
  @Column({ type: 'text' })
  payload!: string;

  @Column({ type: 'varchar', length: 16 })
  state!: Delivery['state'];

  @Column({ type: 'int' })
  tries!: number;

  @Column(moment)
  create_time!: Date;

  /** When it is tried next; null: it has ended. */
  @Column(momentOrNull)
  next_try_time!: Date | null;

  @Column({ type: 'varchar', length: 200, nullable: true })
  last_error!: string | null;
}

export function toDelivery(row: DeliveryRow): Delivery {
  const { event_id, type, out_trade_no, state, tries, last_error } = row;
  const create_time = row.create_time.toISOString();
  return { event_id, type, out_trade_no, state, tries, create_time, last_error };
}
