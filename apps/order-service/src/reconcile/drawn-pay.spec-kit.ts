import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { BillRow } from '@saoma/contracts/bills';
import { payService } from '@saoma/contracts/pay';
import type { Seeded } from '../../../../test/proof/seeded';
import { BillDesk } from '../../../../test/support/bill-desk';
import { drawnFile, spoiltFile } from '../../../../test/support/drawn-file';
import { type Handlers, Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import type { DrawnDays } from './drawn.spec-kit';

type Reader = ReturnType<BillDesk['reader']>;

/**
 * A pay service before a WeChat that has drawn bills: they are written as files of either dialect,
 * and read by the pay service's own reader; told a few rows at a time, and sometimes not at all.
 */
export class DrawnPay {
  drawn: DrawnDays | undefined;
  /** Days whose file is not whole, or whose sums are wrong. */
  readonly spoilt = new Set<string>();
  /** So many times there is no file, for one reason or another. */
  troubles = 0;
  pageMax = 3;
  /** What was read otherwise than it was written. */
  misread: unknown;
  /** Called before a page is given. */
  onPage: () => Promise<void> = async () => undefined;
  private readonly files = new Map<string, { readonly bytes: Uint8Array; readonly sha1: string }>();
  private readonly peer: Peer;
  private desk!: BillDesk;
  private reader!: Reader;

  private constructor(
    private readonly draw: Seeded,
    readonly port: number,
  ) {
    this.peer = new Peer(payService, this.handlers, port);
  }

  static async start(draw: Seeded): Promise<DrawnPay> {
    const pay = new DrawnPay(draw, await freePort());
    pay.desk = await BillDesk.open((day) => pay.saidOf(day));
    await pay.peer.start();
    return pay;
  }

  async stop(): Promise<void> {
    await this.peer.stop();
    await this.desk.close();
  }

  /** WeChat has these bills now, in a dialect that is drawn. */
  has(drawn: DrawnDays): void {
    this.drawn = drawn;
    this.spoilt.clear();
    this.makesAnew();
  }

  /** WeChat makes its files anew, and the pay service has none in its memory. */
  makesAnew(): void {
    this.files.clear();
    this.reader = this.desk.reader(this.draw.pick(['v2', 'v3']));
  }

  private readonly handlers: Handlers<typeof payService> = {
    billRows: async (asked) => {
      await this.onPage();
      const page = await this.reader.rows(asked);
      if (page.outcome !== 'success') return page;
      this.check(asked.day, asked.from_row, page.rows);
      const end = asked.from_row + this.pageMax;
      const next_row = end < page.totals.rows ? end : null;
      return { ...page, rows: page.rows.slice(0, this.pageMax), next_row };
    },
    billBytes: (asked) => this.reader.bytes(asked),
    fundflow: () => ({ outcome: 'none' }),
    queryPayStatus: ({ out_trade_no }) => this.days.wechat.of(out_trade_no),
    queryRefund: ({ out_refund_no }) => this.days.wechat.ofRefund(out_refund_no),
  };

  private get days(): DrawnDays {
    assert.ok(this.drawn);
    return this.drawn;
  }

  private saidOf(day: string) {
    if (this.troubles > 0) {
      this.troubles -= 1;
      return this.draw.pick(['away', 'creating'] as const);
    }
    const known = this.files.get(day);
    if (known) return known;
    const rows = this.days.bills.get(day) ?? [];
    const isSpoilt = this.spoilt.has(day);
    if (rows.length === 0 && !isSpoilt) return 'none';
    const file = isSpoilt ? spoiltFile(this.draw, rows) : drawnFile(this.draw, rows);
    const sha1 = createHash('sha1').update(file).digest('hex');
    const made = { bytes: this.draw.chance(50) ? gzipSync(file) : file, sha1 };
    this.files.set(day, made);
    return made;
  }

  /** What was read is what was written, to the second. */
  private check(day: string, from: number, read: readonly BillRow[]): void {
    const timed = (row: BillRow) => ({ ...row, time: Math.floor(Date.parse(row.time) / 1_000) });
    const written = this.days.bills.get(day)?.slice(from) ?? [];
    try {
      assert.deepEqual(read.map(timed), written.map(timed));
    } catch (error) {
      this.misread = error;
    }
  }
}
