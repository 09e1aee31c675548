import type { OrderInput } from '@saoma/contracts/order';
import { refunds } from '@saoma/contracts/refunds';
import { Serves } from '@saoma/platform/rpc/serves';
import { RefundService } from './refund.service';
import { RefundNotices } from './refund-notices';

/** Refunds on the wire. */
@Serves(refunds)
export class RefundsController {
  constructor(
    private readonly refunds: RefundService,
    private readonly notices: RefundNotices,
  ) {}

  refundPayment(input: OrderInput<'refundPayment'>) {
    return this.refunds.refundPayment(input);
  }

  listRefunds(input: OrderInput<'listRefunds'>) {
    return this.refunds.listRefunds(input);
  }

  receiveRefundNotice(input: OrderInput<'receiveRefundNotice'>) {
    return this.notices.receiveRefundNotice(input);
  }
}
