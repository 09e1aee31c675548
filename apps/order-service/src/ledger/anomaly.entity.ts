import type { Anomaly, AnomalyKind } from '@saoma/contracts/operator';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { fen, id, moment, momentOrNull, userId } from '../database/columns';

/** When the notes are longer, the oldest one goes: the timeline has them all. */
const notesLengthMax = 2_000;

/**
 * Money, or news of money, that a program cannot decide about. It is written down in the moment it
 * is heard of, and an operator owns it until it is resolved: by them, or because it has come right.
 */
@Entity('tb_anomaly')
@Index('tb_anomaly_by_news', ['out_trade_no', 'transaction_id', 'kind'], { unique: true })
@Index('tb_anomaly_by_transaction', ['transaction_id'])
@Index('tb_anomaly_by_state', ['state', 'anomaly_id'])
export class AnomalyRow {
  @PrimaryColumn(id)
  anomaly_id!: string;

  @Column({ type: 'varchar', length: 32 })
  out_trade_no!: string;

  /** WeChat's number of the money, or our number of a refund. */
  @Column({ type: 'varchar', length: 64 })
  transaction_id!: string;

  @Column({ type: 'varchar', length: 32 })
  kind!: AnomalyKind;

  /** Fen (or the smallest unit of `fee_type`), as WeChat said. */
  @Column(fen)
  total_fee!: number;

  @Column({ type: 'varchar', length: 16 })
  fee_type!: string;

  /** WeChat's `err_code` and its explanation; null when it refused nothing. */
  @Column({ type: 'varchar', length: 32, nullable: true })
  err_code!: string | null;

  @Column({ type: 'varchar', length: 128, nullable: true })
  err_code_des!: string | null;

  @Column({ type: 'varchar', length: 8 })
  state!: 'OPEN' | 'RESOLVED';

  /** What operators did about it, or why it ended by itself, a line each. */
  @Column({ type: 'varchar', length: notesLengthMax })
  note!: string;

  /** Null while it is open, and when it ended by itself. */
  @Column({ ...userId, nullable: true })
  resolved_by!: string | null;

  @Column(momentOrNull)
  resolved_time!: Date | null;

  @Column(moment)
  create_time!: Date;
}

const notesOf = ({ note }: AnomalyRow): string[] => (note === '' ? [] : note.split('\n'));

export function hasNote(row: AnomalyRow, note: string): boolean {
  return notesOf(row).includes(note);
}

/** The notes with one more, which has no line feeds in it (`Note` of the contract). */
export function withNote(row: AnomalyRow, note: string): string {
  const notes = [...notesOf(row), note];
  while (notes.join('\n').length > notesLengthMax) notes.shift();
  return notes.join('\n');
}

export function toAnomaly(row: AnomalyRow): Anomaly {
  const { anomaly_id, kind, out_trade_no, transaction_id } = row;
  const { total_fee, fee_type, err_code, err_code_des, state, note } = row;
  const money = { out_trade_no, transaction_id, total_fee, fee_type };
  const create_time = row.create_time.toISOString();
  return { anomaly_id, kind, ...money, err_code, err_code_des, state, note, create_time };
}
