import type { OrderInput } from '@saoma/contracts/order';
import { refunds } from '@saoma/contracts/refunds';
import { Serves } from '@saoma/platform/rpc/serves';
import { RefundService } from './refund.service';

@Serves(refunds)
export class RefundsController {
  constructor(private readonly refunds: RefundService) {}

  refundPayment(input: OrderInput<'refundPayment'>) {
    return this.refunds.refundPayment(input);
  }

  listRefunds(input: OrderInput<'listRefunds'>) {
    return this.refunds.listRefunds(input);
  }
}
