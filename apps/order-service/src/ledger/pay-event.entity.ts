import type { PayEvent, PayEventKind } from '@saoma/contracts/operator';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { id, moment } from '../database/columns';

/** One thing that happened to a payment. Rows are only ever added. */
@Entity('tb_pay_event')
@Index('tb_pay_event_by_payment', ['out_trade_no', 'event_id'])
export class PayEventRow {
  @PrimaryColumn(id)
  event_id!: string;

  @Column({ type: 'varchar', length: 32 })
  out_trade_no!: string;

  @Column({ type: 'varchar', length: 32 })
  kind!: PayEventKind;

  /** Who did it: `shopper`, `operator`, `wechat`, `clock` or `shop`, with a name after a colon. */
  @Column({ type: 'varchar', length: 300 })
  actor!: string;

  @Column(moment)
  create_time!: Date;

  /** The facts as a flat JSON object; never a secret, a code or a whole message. */
  @Column({ type: 'text' })
  detail!: string;
}

export function toPayEvent({ event_id, kind, actor, create_time, detail }: PayEventRow): PayEvent {
  const facts = JSON.parse(detail) as PayEvent['detail'];
  return { event_id, kind, actor, create_time: create_time.toISOString(), detail: facts };
}
