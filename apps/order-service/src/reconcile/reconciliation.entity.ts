import type { FindingKind, ReconciliationState } from '@saoma/contracts/reconciliations';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bytes, id, moment, momentOrNull } from '../database/columns';

const day = { type: 'varchar', length: 10 } as const;
const hash = { type: 'varchar', length: 40, nullable: true } as const;

/**
 * A day in Beijing whose bill is compared with our books. How far that has come is here, so that
 * any instance goes on where another one stopped.
 */
@Entity('tb_reconciliation')
@Index('tb_reconciliation_by_due_time', ['next_try_time'])
export class ReconciliationRow {
  /** yyyy-MM-dd. */
  @PrimaryColumn(day)
  day!: string;

  @Column({ type: 'varchar', length: 16 })
  state!: ReconciliationState;

  /** SHA1 of the file that is compared; null: there is none, or none yet. */
  @Column(hash)
  bill_hash!: string | null;

  /** How many rows the file has. (`rows` is a word of SQL.) */
  @Column({ type: 'int' })
  bill_rows!: number;

  /** The row of the file with which the comparison goes on; null: with none. */
  @Column({ type: 'int', nullable: true })
  next_row!: number | null;

  /** The sums of the bill as JSON. */
  @Column({ type: 'text', nullable: true })
  totals!: string | null;

  /** The sums of the fund-flow bill as JSON. */
  @Column({ type: 'text', nullable: true })
  fundflow!: string | null;

  /** Since when its bill is wanted; null: it was had and compared. */
  @Column(momentOrNull)
  wanted_time!: Date | null;

  /** When all rows of the file had been compared; null: not yet. */
  @Column(momentOrNull)
  compared_time!: Date | null;

  /** When the raw files were kept; null: not yet. */
  @Column(momentOrNull)
  kept_time!: Date | null;

  /** What came last instead of a bill. */
  @Column({ type: 'varchar', length: 200, nullable: true })
  reason!: string | null;

  /** Who works on it now: whoever took it last. */
  @Column({ ...id, nullable: true })
  attempt!: string | null;

  /** When an instance turns to it next; null: there is nothing left to do. */
  @Column(momentOrNull)
  next_try_time!: Date | null;

  /** A day whose bill nobody has asked for yet. */
  static wanted(named: string, next_try_time: Date): ReconciliationRow {
    const row: ReconciliationRow = {
      day: named,
      state: 'WAITING',
      bill_hash: null,
      bill_rows: 0,
      next_row: null,
      totals: null,
      fundflow: null,
      wanted_time: new Date(),
      compared_time: null,
      kept_time: null,
      reason: null,
      attempt: null,
      next_try_time,
    };
    return Object.assign(new ReconciliationRow(), row);
  }
}

/** One difference between the bill of a day and our books. */
@Entity('tb_reconciliation_finding')
@Index('tb_reconciliation_finding_by_day', ['day', 'finding_id'])
@Index(
  'tb_reconciliation_finding_by_news',
  ['day', 'kind', 'out_trade_no', 'out_refund_no', 'transaction_id'],
  { unique: true },
)
export class FindingRow {
  @PrimaryColumn(id)
  finding_id!: string;

  @Column(day)
  day!: string;

  @Column({ type: 'varchar', length: 24 })
  kind!: FindingKind;

  /** Any program's: WeChat's bill has those of the whole merchant. */
  @Column({ type: 'varchar', length: 64 })
  out_trade_no!: string;

  /** Empty: it is about a payment. */
  @Column({ type: 'varchar', length: 64 })
  out_refund_no!: string;

  /** The bill's; ours if the bill has no such row. */
  @Column({ type: 'varchar', length: 64 })
  transaction_id!: string;

  /** The row of the bill as JSON. */
  @Column({ type: 'text', nullable: true })
  bill!: string | null;

  /** SHA1 of the file of which it was said last; null: it is about what is in no bill. */
  @Column(hash)
  bill_hash!: string | null;

  /** Our row as JSON, as it was when it was compared. */
  @Column({ type: 'text', nullable: true })
  ours!: string | null;

  /** What was done about it, in words. */
  @Column({ type: 'varchar', length: 200 })
  done!: string;

  /** When nothing was left to do by the service; null: it turns to it again. */
  @Column(momentOrNull)
  done_time!: Date | null;

  /** Why it is over, and by which file; null: it stands. */
  @Column({ type: 'varchar', length: 200, nullable: true })
  ended!: string | null;

  @Column(moment)
  create_time!: Date;
}

/** The number of what says that a file is whole. */
export const wholePiece = -1;

/** A piece of a raw bill as WeChat gave it: all pieces of a kind, in order, are one gzip file. */
@Entity('tb_bill_file')
export class BillFileRow {
  @PrimaryColumn(day)
  day!: string;

  /** `trade` or `fundflow`. */
  @PrimaryColumn({ type: 'varchar', length: 8 })
  kind!: 'trade' | 'fundflow';

  /** Counted from 0. The one before these says that all of them are there. */
  @PrimaryColumn({ type: 'int' })
  piece!: number;

  /** Written with the last piece, and removed first. */
  static whole({ day: named, kind, bill_hash }: Omit<BillFileRow, 'piece' | 'bytes'>): BillFileRow {
    return { day: named, kind, piece: wholePiece, bill_hash, bytes: Buffer.from([0]) };
  }

  /** SHA1 of the whole file, unzipped. */
  @Column({ type: 'varchar', length: 40 })
  bill_hash!: string;

  /** A part of the zipped file. */
  @Column(bytes)
  bytes!: Buffer;
}
