import type { Output } from '@saoma/contracts/define';
import type { Paid, payService } from '@saoma/contracts/pay';
import { money } from '../spec-kit';

type Told = Output<typeof payService, 'queryRefund'>;

/** A WeChat that knows more than the books: they are those of a backup. */
export class OldWechat {
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
