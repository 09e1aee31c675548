import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Logger } from '@nestjs/common';
import {
  type BillTotals,
  billPieceBytesMax,
  billRowsMax,
  type FundFlow,
} from '@saoma/contracts/bills';
import type { Call } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import { Gate } from '@saoma/platform/gate';
import { Asked } from './bill/asked';
import { BillError, type BillFile } from './bill/bill-file';
import { Cursors } from './bill/cursors';
import { fundFlowOf } from './bill/fund-flow';
import { Shelf } from './bill/shelf';
import { rowsOf, totalsOf } from './bill/trade-bill';
import type { Dialects } from './dialects';
import type { BillKind, BillVerdict } from './wechat-channel';
import { zippedBytesMax } from './wechat-http';

type Pay = typeof payService;

/** What the check of a file finds out. */
interface Told {
  readonly trade: BillTotals;
  readonly fundflow: Omit<FundFlow, 'bill_hash'>;
}
const checks: {
  readonly [K in BillKind]: (chunks: AsyncIterable<Uint8Array>, asked: Asked) => Promise<Told[K]>;
} = { trade: totalsOf, fundflow: fundFlowOf };

/** Which file of a day is meant: without a hash and a time whichever is kept. */
interface Meant {
  readonly day: string;
  readonly bill_hash?: string | null;
  readonly wanted_time?: string | null | undefined;
}

/** A file that was checked, and its readers. */
class CheckedBill<K extends BillKind> {
  readonly outcome = 'success';
  readonly rows = new Cursors(() => rowsOf(this.file.chunks()));
  readonly pieces = new Cursors(() => this.file.chunks());
  readonly bytes: number;
  /** Of whoever had it downloaded. */
  wanted_time: string | null = null;

  constructor(
    private readonly file: BillFile,
    readonly bill_hash: string,
    readonly told: Told[K],
  ) {
    this.bytes = file.bytes;
  }

  isMeant({ bill_hash, wanted_time }: Meant): boolean {
    const isWanted = (wanted_time ?? this.wanted_time) === this.wanted_time;
    return isWanted && !isOther(this, bill_hash);
  }

  close(): void {
    this.rows.close();
    this.pieces.close();
  }
}

type Refusal = Exclude<BillVerdict, { outcome: 'success' }>;

const zip = promisify(gzip);

/**
 * WeChat's bills of a day: downloaded once for each wish, checked as a whole, kept in memory for a
 * while as they came, and told in parts. An instance that does not have one downloads it itself.
 */
export class Bills {
  private readonly logger = new Logger('bills');
  private readonly shelf = new Shelf<CheckedBill<BillKind>>();
  /** Whoever wants the same file finds it when it is their turn. */
  private readonly downloads = new Gate({ inFlightMax: 1, lineMax: 50, lineMsMax: 50_000 });

  constructor(private readonly dialects: Dialects) {}

  async rows({ from_row, ...meant }: Call<Pay, 'billRows'>) {
    const bill = await this.find('trade', meant);
    if (bill.outcome !== 'success') return bill;
    if (isOther(bill, meant.bill_hash)) return changedTo(bill);
    const rows = (await bill.rows.read(from_row, billRowsMax)).flat();
    const end = from_row + rows.length;
    return {
      outcome: 'success',
      bill_hash: bill.bill_hash,
      rows,
      next_row: end < bill.told.rows ? end : null,
      totals: bill.told,
    } as const;
  }

  async bytes({ kind, offset, ...meant }: Call<Pay, 'billBytes'>) {
    const bill = await this.find(kind, meant);
    if (bill.outcome !== 'success') return bill;
    if (isOther(bill, meant.bill_hash)) return changedTo(bill);
    const piece = Buffer.concat(await bill.pieces.read(offset, billPieceBytesMax));
    const isLast = piece.length < billPieceBytesMax;
    return {
      outcome: 'success',
      bill_hash: bill.bill_hash,
      gzip_base64: (await zip(piece)).toString('base64'),
      next_offset: isLast ? null : offset + piece.length,
    } as const;
  }

  async fundflow(meant: Call<Pay, 'fundflow'>) {
    const bill = await this.find('fundflow', meant);
    if (bill.outcome !== 'success') return bill;
    return { outcome: 'success', bill_hash: bill.bill_hash, ...bill.told } as const;
  }

  private find<K extends BillKind>(kind: K, meant: Meant): Promise<CheckedBill<K> | Refusal> {
    const key = `${kind} ${meant.day}`;
    const kept = () => {
      // The key says which kind it is.
      const bill = this.shelf.get(key) as CheckedBill<K> | undefined;
      return bill?.isMeant(meant) ? bill : undefined;
    };
    const known = kept();
    if (known) return Promise.resolve(known);
    return this.downloads.run(async () => {
      const meanwhile = kept();
      if (meanwhile) return meanwhile;
      this.shelf.makeRoom(zippedBytesMax);
      const bill = await this.download(kind, meant.day);
      if (bill.outcome !== 'success') return bill;
      bill.wanted_time = meant.wanted_time ?? null;
      this.shelf.put(key, bill);
      return bill;
    });
  }

  private async download<K extends BillKind>(kind: K, day: string) {
    // Only v3 has fund flows; where its keys are not there the other dialect says so.
    const channel = kind === 'fundflow' ? this.dialects.of('v3') : this.dialects.current;
    const verdict = await channel.downloadBill({ day, kind });
    if (verdict.outcome !== 'success') return verdict;
    try {
      return await checked(kind, verdict, new Asked(day, channel.mch_id));
    } catch (error) {
      if (!(error instanceof BillError)) throw error;
      const reason = error.message;
      const { bytes } = verdict.file;
      this.logger.warn({ msg: 'a bill is not believed', kind, day, reason, bytes });
      return { outcome: 'refused', reason } as const;
    }
  }
}

async function checked<K extends BillKind>(
  kind: K,
  { file, bill_hash: claimed }: Extract<BillVerdict, { outcome: 'success' }>,
  asked: Asked,
): Promise<CheckedBill<K>> {
  const hash = createHash('sha1');
  const told = await checks[kind](hashed(file.chunks(), hash), asked);
  const bill_hash = hash.digest('hex');
  if (claimed !== null && claimed !== bill_hash) {
    throw new BillError(`its SHA1 is ${bill_hash}, and WeChat says ${claimed}`);
  }
  return new CheckedBill(file, bill_hash, told);
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

const isOther = (bill: { readonly bill_hash: string }, asked: string | null = null) =>
  asked !== null && asked !== bill.bill_hash;

const changedTo = ({ bill_hash }: { readonly bill_hash: string }) =>
  ({ outcome: 'changed', bill_hash }) as const;
