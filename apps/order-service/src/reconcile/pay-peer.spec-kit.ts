import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { BillRow } from '@saoma/contracts/bills';
import type { Input, Output } from '@saoma/contracts/define';
import { payService } from '@saoma/contracts/pay';
import { type Handlers, Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { PayLogRow } from '../ledger/pay-log.entity';
import { request } from './drawn-moments.spec-kit';

type Pay = typeof payService;
type Page = Output<Pay, 'billRows'>;
type Bytes = Output<Pay, 'billBytes'>;

const totals = {
  ...{ order_fee: 0, refund_fee: 0, settlement_fee: 0, settlement_refund_fee: 0 },
  ...{ coupon_refund_fee: 0, service_fee: 0 },
};

/** A pay service that tells of bills what a test says, and what was asked of it. */
export class PayPeer {
  /** What WeChat has of each day; of any other day nothing happened. */
  readonly bills = new Map<string, BillRow[]>();
  /** In the place of a bill. */
  instead: Page | undefined;
  /** Whoever asks for rows waits for it. */
  gate: Promise<void> | undefined;
  fundflow: Output<Pay, 'fundflow'> = { outcome: 'none' };
  bytes: (input: Input<Pay, 'billBytes'>) => Bytes = ({ day, bill_hash }) => ({
    outcome: 'success',
    bill_hash: bill_hash ?? hashOf([]),
    gzip_base64: gzipSync(day).toString('base64'),
    next_offset: null,
  });
  readonly asked: string[] = [];
  /** Of each file that was asked for, since when it is wanted. */
  readonly wanted: (string | null | undefined)[] = [];
  private peer: Peer | undefined;

  /** Gives its address. */
  async start(): Promise<string> {
    const handlers: Handlers<Pay> = {
      billRows: async ({ day, wanted_time }) => {
        this.wanted.push(wanted_time);
        this.asked.push(`rows of ${day}`);
        await this.gate;
        return this.instead ?? this.pageOf(day);
      },
      billBytes: (input) => {
        this.asked.push(`bytes of ${input.kind}`);
        return this.bytes(input as Input<Pay, 'billBytes'>);
      },
      fundflow: ({ wanted_time }) => {
        this.wanted.push(wanted_time);
        return this.fundflow;
      },
      queryPayStatus: () => ({ outcome: 'no', err_code: 'ORDERNOTEXIST', err_code_des: '' }),
    };
    this.peer = new Peer(payService, handlers, await freePort());
    await this.peer.start();
    return `tcp://127.0.0.1:${this.peer.port}`;
  }

  async stop(): Promise<void> {
    await this.peer?.stop();
  }

  private pageOf(day: string): Page {
    const rows = this.bills.get(day);
    if (!rows) return { outcome: 'none' };
    const sums = { rows: rows.length, ...totals };
    return { outcome: 'success', bill_hash: hashOf(rows), rows, next_row: null, totals: sums };
  }
}

export const hashOf = (rows: readonly unknown[]) =>
  createHash('sha1').update(JSON.stringify(rows)).digest('hex');

/** A payment of 100 fen that was paid at this moment, or, without one, not at all. */
export function aPayment(out_trade_no: string, pay_time: Date | null): PayLogRow {
  const row = PayLogRow.opened({
    ...{ out_trade_no, user_id: 'u', create_time: pay_time ?? new Date(), ttl_ms: 1_800_000 },
    ...{ total_fee: 100, order_list: out_trade_no },
  });
  const transaction_id = pay_time && `42${out_trade_no}`;
  const native_request = request(out_trade_no);
  const paid = { trade_state: '1', pay_time, transaction_id, next_look_time: null } as const;
  return Object.assign(row, paid, { native_request });
}

/** Its row in a bill. */
export const billOf = ({ out_trade_no, transaction_id, pay_time }: PayLogRow): BillRow => ({
  ...{ type: 'payment', time: pay_time?.toISOString() ?? '', out_trade_no },
  ...{ transaction_id: transaction_id ?? '', trade_type: 'NATIVE', state: 'SUCCESS', fee: 100 },
  ...{ refund_id: null, out_refund_no: null, settlement_fee: 100, coupon_fee: 0 },
  ...{ service_fee: 0, fee_type: 'CNY' },
});
