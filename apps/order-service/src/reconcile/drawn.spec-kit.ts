import type { BillRow } from '@saoma/contracts/bills';
import type { FindingKind } from '@saoma/contracts/reconciliations';
import type { Seeded } from '../../../../test/proof/seeded';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { absent, DrawnAnswers, notPaid, silent } from './drawn-answers.spec-kit';
import {
  dayMs,
  drawnMoment,
  type Moment,
  orderOf,
  request,
  shuffle,
} from './drawn-moments.spec-kit';

/** A difference that must be found once all these days are compared. */
export interface Expected {
  readonly kind: FindingKind;
  readonly number: string;
  readonly days: readonly string[];
  /** Whether an operator has to hear of it. */
  readonly alarm: boolean;
}

/** Our books of some days in a row and WeChat's bills of them, with drawn differences. */
export class DrawnDays {
  readonly payments: PayLogRow[] = [];
  readonly orders: OrderRow[] = [];
  readonly refunds: RefundRow[] = [];
  readonly bills = new Map<string, BillRow[]>();
  readonly expected: Expected[] = [];
  /** Payments that are settled, or whose late money goes back, once their bill was read. */
  readonly healed: { readonly number: string; readonly days: readonly string[] }[] = [];
  /** Refunds that are in our books once their bill was read, which has shown them. */
  readonly adopted: { readonly number: string; readonly day: string }[] = [];
  readonly wechat = new DrawnAnswers();
  private count = 0;

  constructor(
    private readonly draw: Seeded,
    readonly days: readonly string[],
  ) {
    for (const day of days) this.bills.set(day, []);
    const stories = draw.below(12);
    for (let story = 0; story < stories; story += 1) {
      // Most of what happens is the same on both sides.
      const tell = draw.chance(40) ? this.same : draw.pick(Object.values(this.stories));
      tell();
    }
    for (const day of days) if (draw.chance(30)) shuffle(draw, this.bills.get(day) ?? []);
  }

  private readonly same = () => {
    const { row, moment } = this.paid();
    this.show(moment, row);
  };

  private readonly stories: Readonly<Record<string, () => void>> = {
    'a payment that nobody pays': () => {
      this.payments.push(this.unpaid());
    },
    'another program’s': () => {
      const moment = drawnMoment(this.draw, this.days);
      const bill = this.show(moment, this.unpaid());
      this.expect('CHANNEL_ONLY', bill.out_trade_no, { days: [moment.bill], alarm: true });
    },
    'in no bill, and WeChat has it': () => this.missing('has it'),
    'in no bill, and not at WeChat': () => this.missing(this.draw.pick(['absent', 'not paid'])),
    'in no bill, and WeChat is silent': () => this.missing('silent'),
    'another amount or currency': () => {
      const { row, moment } = this.paid();
      const others = [{ fee: row.total_fee + 1 }, { fee: row.total_fee - 1 }, { fee_type: 'USD' }];
      this.show(moment, row, this.draw.pick(others));
      this.expect('AMOUNT', row.out_trade_no, { days: [moment.bill], alarm: true });
    },
    'paid at WeChat, and we have not heard of it': () => this.unheard('0'),
    'paid at WeChat after it was closed': () => this.unheard('2'),
    'paid in the bill, and not when WeChat is asked': () => {
      const row = this.unpaid();
      this.payments.push(row);
      this.wechat.say(row, this.draw.pick([notPaid, absent]));
      const moment = drawnMoment(this.draw, this.days);
      this.show(moment, row);
      this.expect('STATE', row.out_trade_no, { days: [moment.bill], alarm: true });
    },
    'another transaction': () => {
      const { row, moment } = this.paid();
      this.show(moment, row, { transaction_id: `${row.transaction_id}X` });
      this.expect('TRANSACTION', row.out_trade_no, { days: [moment.bill], alarm: true });
    },
    'a second transaction': () => {
      const { row, moment } = this.paid();
      this.show(moment, row);
      const second = drawnMoment(this.draw, this.days);
      this.show(second, row, { transaction_id: `${row.transaction_id}X` });
      this.expect('TRANSACTION', row.out_trade_no, { days: [second.bill], alarm: true });
    },
    'a second transaction that goes back': () => {
      const { row, moment } = this.paid();
      this.show(moment, row);
      const bill = this.show(drawnMoment(this.draw, this.days), row, {
        transaction_id: `${row.transaction_id}X`,
      });
      this.goesBack(bill, 'second-transaction');
    },
    'a first transaction that WeChat lacks, and a second that goes back': () => {
      const { row, moment } = this.paid();
      const bill = this.show(moment, row, { transaction_id: `${row.transaction_id}X` });
      this.wechat.sayPaid(row, bill.transaction_id);
      this.goesBack(bill, 'second-transaction');
      this.expect('LOCAL_ONLY', row.out_trade_no, { days: moment.days, alarm: true });
    },
    'late money that goes back': () => {
      const { row, moment } = this.paid();
      row.trade_state = '2';
      row.reserved_fee = row.total_fee;
      this.goesBack(this.show(moment, row), 'paid-after-close');
    },
    'a payment by a card at a till that was taken back': () => {
      const reversal = { type: 'other', state: 'REVOKED', out_refund_no: 'R1', refund_id: '1' };
      this.show(drawnMoment(this.draw, this.days), this.unpaid(), reversal as Partial<BillRow>);
    },
    'a refund': () => this.refund('SUCCESS', 'SUCCESS'),
    'a refund on its way': () =>
      this.refund('PROCESSING', this.draw.pick(['SUCCESS', 'CHANGE']), 'REFUND_PENDING'),
    'a refund on its way here': () => this.refund('SUCCESS', 'PROCESSING', 'REFUND_PENDING'),
    'a refund that failed on both sides': () => this.refund('CHANGE', 'CHANGE'),
    'a refund that failed at WeChat': () => this.refund('FAIL', 'SUCCESS', 'REFUND_FAILED'),
    'another amount of a refund': () => {
      const { bill, moment } = this.refunded('SUCCESS', 'SUCCESS');
      bill.fee += 1;
      const number = bill.out_refund_no ?? '';
      this.expect('REFUND_AMOUNT', number, { days: [moment.bill], alarm: true });
    },
    'a refund of another transaction': () => {
      const { bill, moment } = this.refunded('SUCCESS', 'SUCCESS');
      bill.transaction_id += 'X';
      const number = bill.out_refund_no ?? '';
      this.expect('TRANSACTION', number, { days: [moment.bill], alarm: true });
    },
    'a refund of another program': () => {
      const { row, bill, moment } = this.refunded('SUCCESS', 'SUCCESS');
      this.refunds.splice(this.refunds.indexOf(row), 1);
      bill.out_trade_no += '0';
      const number = bill.out_refund_no ?? '';
      this.expect('REFUND_CHANNEL_ONLY', number, { days: [moment.bill], alarm: true });
    },
    'a refund made in the console': () => {
      const { row, moment } = this.refunded('SUCCESS', 'SUCCESS');
      this.refunds.splice(this.refunds.indexOf(row), 1);
      const { out_refund_no: number } = row;
      this.expect('REFUND_CHANNEL_ONLY', number, { days: [moment.bill], alarm: false });
      this.adopted.push({ number, day: moment.bill });
    },
    'a refund in no bill': () => this.missingRefund(this.draw.chance(50)),
  };

  private missing(wechat: 'has it' | 'absent' | 'not paid' | 'silent'): void {
    const { row, moment } = this.paid();
    if (wechat !== 'has it') {
      const said = { absent, 'not paid': notPaid, silent };
      this.wechat.say(row, said[wechat]);
    }
    const alarm = wechat === 'absent' || wechat === 'not paid';
    this.expect('LOCAL_ONLY', row.out_trade_no, { days: moment.days, alarm });
  }

  private unheard(trade_state: '0' | '2'): void {
    const row = Object.assign(this.unpaid(), { trade_state });
    const moment = drawnMoment(this.draw, this.days);
    this.payments.push(row);
    const bill = this.show(moment, row);
    const { out_trade_no, transaction_id } = bill;
    this.wechat.sayPaid(row, transaction_id);
    this.expect('STATE', out_trade_no, { days: [moment.bill], alarm: false });
    this.healed.push({ number: out_trade_no, days: [moment.bill] });
  }

  private missingRefund(isUnknown: boolean): void {
    const { row, bill, moment } = this.refunded('SUCCESS', 'SUCCESS');
    const rows = this.bills.get(moment.bill);
    rows?.splice(rows.indexOf(bill), 1);
    if (isUnknown) this.wechat.sayNoRefund(row);
    const { days } = moment;
    this.expect('REFUND_LOCAL_ONLY', row.out_refund_no, { days, alarm: isUnknown });
  }

  private refund(there: string, here: RefundRow['status'], kind?: FindingKind): void {
    const { row, moment } = this.refunded(there, here);
    if (!kind) return;
    const alarm = kind === 'REFUND_FAILED' && this.draw.chance(50);
    if (alarm) this.wechat.sayRefund(row, 'REFUNDCLOSE');
    this.expect(kind, row.out_refund_no, { days: [moment.bill], alarm });
  }

  /** A refund that stands on both sides. */
  private refunded(there: string, status: RefundRow['status']) {
    const long = new Date(Date.now() - 200 * dayMs);
    const payment = Object.assign(this.unpaid(), { trade_state: '3', pay_time: long });
    payment.transaction_id = `42${payment.out_trade_no}`;
    payment.total_fee += 10;
    this.payments.push(payment);
    const moment = drawnMoment(this.draw, this.days);
    const { out_trade_no, transaction_id, total_fee } = payment;
    const row = RefundRow.begun({
      ...{ out_refund_no: `${out_trade_no}-op-1`, out_trade_no, transaction_id, total_fee },
      ...{ refund_fee: 1 + this.draw.below(total_fee - 1), reason: '', cause: 'operator' },
    });
    const facts = { status, refund_id: `50${out_trade_no}`, accept_time: moment.time };
    this.refunds.push(Object.assign(row, facts, { next_look_time: null }));
    this.wechat.sayRefund(row, 'SUCCESS');
    const bill = this.show(moment, payment, {
      ...{ type: 'refund', fee: row.refund_fee, state: there, refund_id: row.refund_id },
      out_refund_no: row.out_refund_no,
    });
    return { row, bill, moment };
  }

  private goesBack(bill: BillRow, cause: RefundRow['cause']): void {
    const { out_trade_no, transaction_id, fee: total_fee } = bill;
    const row = RefundRow.begun({
      ...{ out_refund_no: automaticRefundNo(bill), out_trade_no, transaction_id, total_fee },
      ...{ refund_fee: total_fee, reason: '', cause },
    });
    this.refunds.push(Object.assign(row, { next_look_time: null }));
  }

  private paid() {
    const moment = drawnMoment(this.draw, this.days);
    const row = Object.assign(this.unpaid(), { trade_state: '1', pay_time: moment.time });
    row.transaction_id = `42${row.out_trade_no}`;
    this.payments.push(row);
    this.wechat.sayPaid(row, row.transaction_id);
    return { row, moment };
  }

  private unpaid(): PayLogRow {
    this.count += 1;
    const out_trade_no = `7000${String(this.count).padStart(6, '0')}`;
    const total_fee = 2 + this.draw.below(100_000);
    const order = orderOf(out_trade_no, total_fee);
    this.orders.push(order);
    const { user_id, create_time } = order;
    const row = PayLogRow.opened({
      ...{ out_trade_no, user_id, create_time, ttl_ms: 1_800_000, total_fee },
      order_list: order.order_id,
    });
    return Object.assign(row, { native_request: request(out_trade_no), next_look_time: null });
  }

  private show(moment: Moment, row: PayLogRow, differs: Partial<BillRow> = {}): BillRow {
    const { out_trade_no, total_fee, transaction_id } = row;
    const bill: BillRow = {
      type: 'payment',
      time: moment.time.toISOString(),
      transaction_id: transaction_id ?? `42${out_trade_no}`,
      out_trade_no,
      trade_type: 'NATIVE',
      refund_id: null,
      out_refund_no: null,
      fee: total_fee,
      // What is settled is never compared.
      settlement_fee: 0,
      coupon_fee: total_fee,
      state: 'SUCCESS',
      service_fee: this.draw.below(600),
      fee_type: 'CNY',
      ...differs,
    };
    // A bill of a day before or after these is nobody's here.
    this.bills.get(moment.bill)?.push(bill);
    return bill;
  }

  private expect(kind: FindingKind, number: string, more: Pick<Expected, 'days' | 'alarm'>) {
    this.expected.push({ kind, number, ...more });
  }
}
