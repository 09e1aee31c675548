import { Column, Entity, PrimaryColumn } from 'typeorm';
import { moment, userId } from '../database/columns';

/** What a command with an Idempotency-Key was answered: a checkout, or an operator's refund. */
@Entity('tb_idempotency')
export class IdempotencyRow {
  @PrimaryColumn(userId)
  user_id!: string;

  @PrimaryColumn({ type: 'varchar', length: 64 })
  idempotency_key!: string;

  /** SHA-256 of what the command says, to tell a repeat from another command. */
  @Column({ type: 'varchar', length: 64 })
  request_hash!: string;

  /** The answer as JSON. */
  @Column({ type: 'text' })
  answer!: string;

  @Column(moment)
  create_time!: Date;
}
