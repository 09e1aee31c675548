import type { Output } from '@saoma/contracts/define';
import { type Paid, payService } from '@saoma/contracts/pay';
import { Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { RefundRow } from '../ledger/refund.entity';
import { Asking } from '../payments/asking';
import { Settlement } from '../payments/settlement';
import { money } from '../spec-kit';
import { SuiteRoom } from '../suite-room.spec-kit';
import { RefundService } from './refund.service';
import { RefundRun } from './refund-run';

type Told = Output<typeof payService, 'queryRefund'>;

/** A WeChat that knows more than the books: they are those of a backup. */
class OldWechat {
  readonly paid = new Map<string, Paid>();
  readonly refunds = new Map<string, Extract<Told, { outcome: 'success' }>>();

  readonly handlers = {
    queryPayStatus: ({ out_trade_no }: { out_trade_no: string }) => {
      const paid = this.paid.get(out_trade_no);
      if (!paid) return no('ORDERNOTEXIST');
      const refunds = [...this.refunds.values()].filter((each) => isOf(each, out_trade_no));
      const trade_state = refunds.length > 0 ? 'REFUND' : 'SUCCESS';
      return { outcome: 'success', trade_state, paid };
    },
    queryRefund: ({ out_refund_no }: { out_refund_no: string }) =>
      this.refunds.get(out_refund_no) ?? no('REFUNDNOTEXIST'),
    prepareRefund: (refund: object) => ({
      ...{ ...refund, account: undefined },
      ...{ dialect: 'v2', appid: 'wx', mch_id: '1', notify_url: 'https://shop.example/' },
    }),
    refund: () => no('REFUND_FEE_MISMATCH'),
  };

  pays(out_trade_no: string): Paid {
    const paid = money(out_trade_no);
    this.paid.set(out_trade_no, paid);
    return paid;
  }

  refunded({ out_trade_no, transaction_id, total_fee }: Paid, number: string, refund_fee: number) {
    const whose = { out_trade_no, transaction_id, total_fee };
    const told = { outcome: 'success', refund_status: 'SUCCESS', refund_fee } as const;
    this.refunds.set(number, { ...told, refund_id: `50${number}`.slice(0, 32), money: whose });
  }
}

const no = (err_code: string) => ({ outcome: 'no', err_code, err_code_des: '' }) as const;
const isOf = ({ money }: { money: { out_trade_no: string } | null }, number: string) =>
  money?.out_trade_no === number;

/** An order service of a suite of tests, beside such a WeChat. */
export class OldBooks extends SuiteRoom {
  readonly wechat = new OldWechat();
  private peer: Peer | undefined;

  /** A payment that is paid in these books too. */
  async settled(): Promise<Paid> {
    const paid = this.wechat.pays((await this.room.checkout()).out_trade_no);
    await this.room.get(Settlement).updateOrderStatus(paid, 'notice');
    return paid;
  }

  ask(out_trade_no: string) {
    return this.room.get(Asking).askWechat({ user_id: 'eve', out_trade_no });
  }

  wish(out_trade_no: string, refund_fee: number) {
    const command = { user_id: 'eve', out_trade_no, refund_fee, reason: 'broken' };
    const idempotency_key = `${out_trade_no} ${refund_fee}`;
    return this.room.get(RefundService).refundPayment({ ...command, idempotency_key });
  }

  async carryOn(out_refund_no: string): Promise<RefundRow> {
    await this.room.get(RefundRun).carryOn(await this.refund(out_refund_no));
    return this.refund(out_refund_no);
  }

  private refund(out_refund_no: string): Promise<RefundRow> {
    return this.room.database.statements((m) => m.findOneByOrFail(RefundRow, { out_refund_no }));
  }

  protected async startPay(): Promise<string> {
    this.peer = new Peer(payService, this.wechat.handlers, await freePort());
    await this.peer.start();
    return `tcp://127.0.0.1:${this.peer.port}`;
  }

  protected async stopPay(): Promise<void> {
    await this.peer?.stop();
  }
}
