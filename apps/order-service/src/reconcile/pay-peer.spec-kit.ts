import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { BillRow } from '@saoma/contracts/bills';
import type { Input, Output } from '@saoma/contracts/define';
import { payService } from '@saoma/contracts/pay';
import { type Handlers, Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { request } from './drawn-moments.spec-kit';

type Pay = typeof payService;
type Page = Output<Pay, 'billRows'>;
type Bytes = Output<Pay, 'billBytes'>;
type Refund = Output<Pay, 'queryRefund'>;

const totals = {
  ...{ order_fee: 0, refund_fee: 0, settlement_fee: 0, settlement_refund_fee: 0 },
  ...{ coupon_refund_fee: 0, service_fee: 0 },
};

/** A pay service that tells of bills what a test says, and what was asked of it. */
export class PayPeer {
  /** What WeChat has of each day; of any other day nothing happened. */
  readonly bills = new Map<string, BillRow[]>();
  /** What WeChat knows of each refund; it has no other. */
  readonly refunds = new Map<string, RefundRow>();
  /** What WeChat says when it is asked about a refund. */
  refund: (out_refund_no: string) => Refund | Promise<Refund> = (no) => this.refundOf(no);
  pageMax = 1_000;
  /** Called before a page is given. */
  onPage: () => void = () => undefined;
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
      billRows: async ({ day, wanted_time, from_row }) => {
        this.wanted.push(wanted_time);
        this.asked.push(`rows of ${day}`);
        await this.gate;
        this.onPage();
        return this.instead ?? this.pageOf(day, from_row);
      },
      billBytes: (input) => {
        this.asked.push(`bytes of ${input.kind}`);
        return this.bytes(input as Input<Pay, 'billBytes'>);
      },
      fundflow: ({ wanted_time }) => {
        this.wanted.push(wanted_time);
        return this.fundflow;
      },
      queryRefund: ({ out_refund_no }) => this.refund(out_refund_no),
      queryPayStatus: () => ({ outcome: 'no', err_code: 'ORDERNOTEXIST', err_code_des: '' }),
    };
    this.peer = new Peer(payService, handlers, await freePort());
    await this.peer.start();
    return `tcp://127.0.0.1:${this.peer.port}`;
  }

  async stop(): Promise<void> {
    await this.peer?.stop();
  }

  refundOf(out_refund_no: string): Refund {
    const row = this.refunds.get(out_refund_no);
    if (!row) return { outcome: 'no', err_code: 'REFUNDNOTEXIST', err_code_des: '' };
    const { out_trade_no, transaction_id, total_fee, refund_fee, refund_id, status } = row;
    const money = { out_trade_no, transaction_id, total_fee };
    const facts = { refund_status: status, refund_fee, refund_id: refund_id ?? '', money };
    return { outcome: 'success', ...facts };
  }

  private pageOf(day: string, from: number): Page {
    const rows = this.bills.get(day);
    if (!rows) return { outcome: 'none' };
    const sums = { rows: rows.length, ...totals };
    const end = from + this.pageMax;
    const next_row = end < rows.length ? end : null;
    const page = { bill_hash: hashOf(rows), rows: rows.slice(from, end), next_row };
    return { outcome: 'success', ...page, totals: sums };
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

/** A refund of 40 fen of this payment that WeChat has accepted at this moment, and carried out. */
export function aRefund(payment: PayLogRow, accept_time: Date): RefundRow {
  const { out_trade_no, transaction_id, total_fee } = payment;
  const out_refund_no = `${out_trade_no}-op-1`;
  const row = RefundRow.begun({
    ...{ out_refund_no, out_trade_no, transaction_id: transaction_id ?? '', total_fee },
    ...{ refund_fee: 40, reason: '', cause: 'operator' },
  });
  const facts = { status: 'SUCCESS', refund_id: `50${out_trade_no}`, next_look_time: null };
  return Object.assign(row, facts, { accept_time });
}

/** Its row in a bill. */
export const billOfRefund = (row: RefundRow): BillRow => ({
  ...{ type: 'refund', time: row.accept_time?.toISOString() ?? '', trade_type: 'NATIVE' },
  ...{ out_trade_no: row.out_trade_no, transaction_id: row.transaction_id, fee: row.refund_fee },
  ...{ refund_id: row.refund_id, out_refund_no: row.out_refund_no, state: 'SUCCESS' },
  ...{ settlement_fee: row.refund_fee, coupon_fee: 0, service_fee: 0, fee_type: 'CNY' },
});
