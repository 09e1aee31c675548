import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database } from '../database/database';
import { orUnknown, PayClient } from '../payments/pay-client';
import { BillFileRow, type ReconciliationRow, wholePiece } from './reconciliation.entity';
import { ReconciliationBook } from './reconciliation-book';

/** What a column of bytes takes on every database, with room to spare. */
const bytesMax = 60_000;
/** Rows that one statement removes. */
const removedMax = 100;

type Kind = BillFileRow['kind'];
interface File {
  readonly kind: Kind;
  readonly bill_hash: string;
}

/** Keeps the raw files of a day, as WeChat gave them, and the sums of its fund-flow bill. */
@Injectable()
export class BillFiles {
  constructor(
    private readonly database: Database,
    private readonly pay: PayClient,
    private readonly book: ReconciliationBook,
  ) {}

  /** False: something may still be had. Safe to repeat. */
  async keep(row: ReconciliationRow): Promise<boolean> {
    if (row.kept_time !== null) return true;
    const { day, bill_hash } = row;
    const isTradeKept =
      bill_hash === null || (await this.keepFile(row, { kind: 'trade', bill_hash }));
    // It may have changed where the trade bill has not: none of before is meant.
    const wanted_time = new Date().toISOString();
    const told = await orUnknown(this.pay.fundflow({ day, wanted_time }));
    const isOpen = told.outcome === 'unknown' || told.outcome === 'creating';
    if (isOpen || !isTradeKept) return false;
    if (told.outcome === 'success') {
      const { outcome: _, ...sums } = told;
      await this.book.say(row, { fundflow: JSON.stringify(sums) });
      const flow = { kind: 'fundflow', bill_hash: sums.bill_hash } as const;
      if (!(await this.keepFile(row, flow))) return false;
    }
    await this.book.say(row, { kept_time: new Date() });
    return true;
  }

  private async keepFile(row: ReconciliationRow, { kind, bill_hash }: File): Promise<boolean> {
    const { day } = row;
    // It was kept by a try that could not have the other file, or by a former wish.
    const kept = await this.database.listing.statements((m) => wholeHash(m, day, kind));
    if (kept === bill_hash) return true;
    while (await this.book.step(row, {}, (manager) => removeSome(manager, day, kind)));
    let piece = 0;
    for (let offset = 0; ; ) {
      const told = await orUnknown(this.pay.billBytes({ day, kind, offset, bill_hash }));
      if (told.outcome !== 'success') return false;
      const { gzip_base64, next_offset } = told;
      const bytes = Buffer.from(gzip_base64, 'base64');
      const rows: BillFileRow[] = [];
      for (let at = 0; at < bytes.length; at += bytesMax) {
        const part = bytes.subarray(at, at + bytesMax);
        rows.push({ day, kind, piece, bill_hash, bytes: part });
        piece += 1;
      }
      if (next_offset === null) rows.push(BillFileRow.whole({ day, kind, bill_hash }));
      await this.book.step(row, {}, (manager) => manager.insert(BillFileRow, rows));
      if (next_offset === null) return true;
      offset = next_offset;
    }
  }
}

/** The SHA1 of the file that is kept, if it is kept whole. */
export async function wholeHash(manager: EntityManager, day: string, kind: Kind) {
  const row = await manager.findOneBy(BillFileRow, { day, kind, piece: wholePiece });
  return row?.bill_hash;
}

async function removeSome(manager: EntityManager, day: string, kind: Kind): Promise<boolean> {
  const old = await manager.find(BillFileRow, {
    select: { piece: true },
    where: { day, kind },
    order: { piece: 'ASC' },
    take: removedMax,
  });
  const piece = In(old.map((row) => row.piece));
  if (old.length > 0) await manager.delete(BillFileRow, { day, kind, piece });
  return old.length > 0;
}
