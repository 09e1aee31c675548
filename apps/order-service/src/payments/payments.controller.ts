import type { OrderInput } from '@saoma/contracts/order';
import { payments } from '@saoma/contracts/payments';
import { Serves } from '@saoma/platform/rpc/serves';
import { Bell } from '../redis/bell';
import { Asking } from './asking';
import { Closing } from './closing';
import { CodeClaims } from './code-claims';
import { Opening } from './opening';
import { PaymentService } from './payment.service';

@Serves(payments)
export class PaymentsController {
  constructor(
    private readonly payments: PaymentService,
    private readonly opening: Opening,
    private readonly codes: CodeClaims,
    private readonly closing: Closing,
    private readonly asking: Asking,
    private readonly bell: Bell,
  ) {}

  openPayment(input: OrderInput<'openPayment'>) {
    return this.opening.openPayment(input);
  }

  searchPayLog(input: OrderInput<'searchPayLog'>) {
    return this.codes.searchPayLog(input);
  }

  keepCode(input: OrderInput<'keepCode'>) {
    return this.codes.keepCode(input);
  }

  listPayments(input: OrderInput<'listPayments'>) {
    return this.payments.listPayments(input);
  }

  getPayment(input: OrderInput<'getPayment'>) {
    return this.payments.getPayment(input);
  }

  lookPayments(input: OrderInput<'lookPayments'>) {
    return this.payments.lookPayments(input);
  }

  watchSettled() {
    return this.bell.watchSettled();
  }

  askWechat(input: OrderInput<'askWechat'>) {
    return this.asking.askWechat(input);
  }

  closePayment(input: OrderInput<'closePayment'>) {
    return this.closing.closePayment(input);
  }
}
