import { Column, Entity, PrimaryColumn } from 'typeorm';
import { moment } from '../database/columns';

/** A worker number of the id generator, and who may use it until when. */
@Entity('tb_worker')
export class WorkerRow {
  @PrimaryColumn({ type: 'int' })
  worker_id!: number;

  @Column({ type: 'varchar', length: 36 })
  owner!: string;

  /** No id of this worker number carries a later time than this; it never goes back. */
  @Column(moment)
  expire_time!: Date;
}
