import { Injectable } from '@nestjs/common';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { crashPoint } from '../crash-point';
import { PayClient } from '../payments/pay-client';
import { Settlement } from '../payments/settlement';
import { RefundNews } from '../refunds/refund-news';

/** WeChat's notices: the pay service verifies and reads, and what they tell is taken in here. */
@Injectable()
export class Notices {
  constructor(
    private readonly pay: PayClient,
    private readonly settlement: Settlement,
    private readonly refunds: RefundNews,
  ) {}

  /** The reply leaves only after the news is durably in the books; else WeChat comes again. */
  async receiveNotice(notice: OrderInput<'receiveNotice'>): Promise<OrderAnswer<'receiveNotice'>> {
    const { news, reply } = await this.pay.readNotice(notice);
    await crashPoint('notice.read');
    if (news?.is === 'payment') await this.settlement.updateOrderStatus(news.paid, 'notice');
    if (news?.is === 'refund') await this.refunds.take(news);
    return reply;
  }
}
