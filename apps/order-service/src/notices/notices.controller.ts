import { notices } from '@saoma/contracts/notices';
import type { OrderInput } from '@saoma/contracts/order';
import { Serves } from '@saoma/platform/rpc/serves';
import { Notices } from './notices';

@Serves(notices)
export class NoticesController {
  constructor(private readonly notices: Notices) {}

  receiveNotice(input: OrderInput<'receiveNotice'>) {
    return this.notices.receiveNotice(input);
  }
}
