import { Injectable } from '@nestjs/common';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { crashPoint } from '../crash-point';
import { PayClient } from './pay-client';
import { Settlement } from './settlement';

/** WeChat's payment notices: the pay service verifies and reads, the settlement takes in. */
@Injectable()
export class Notices {
  constructor(
    private readonly pay: PayClient,
    private readonly settlement: Settlement,
  ) {}

  /** The reply leaves only after the money is durably in the books; else WeChat comes again. */
  async receiveNotice(notice: OrderInput<'receiveNotice'>): Promise<OrderOutput<'receiveNotice'>> {
    const { paid, reply } = await this.pay.readNotice(notice);
    await crashPoint('notice.read');
    if (paid) await this.settlement.updateOrderStatus(paid, 'notice');
    return { reply };
  }
}
