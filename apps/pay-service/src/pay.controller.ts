import type { Input } from '@saoma/contracts/define';
import { payService } from '@saoma/contracts/pay';
import { Serves } from '@saoma/platform/rpc/serves';
import { Bills } from './bills';
import { Dialects } from './dialects';

type Pay = typeof payService;

/** The pay service on the wire: whoever asks gets the verdict of a dialect. */
@Serves(payService)
export class PayController {
  constructor(
    private readonly dialects: Dialects,
    private readonly bills: Bills,
  ) {}

  prepareNative(input: Input<Pay, 'prepareNative'>) {
    return this.dialects.current.prepareNative(input);
  }

  createNative(input: Input<Pay, 'createNative'>) {
    return this.dialects.of(input.dialect).createNative(input);
  }

  queryPayStatus(input: Input<Pay, 'queryPayStatus'>) {
    return this.dialects.of(input.account?.dialect).queryPayStatus(input);
  }

  closeOrder(input: Input<Pay, 'closeOrder'>) {
    return this.dialects.of(input.account?.dialect).closeOrder(input);
  }

  readNotice(input: Input<Pay, 'readNotice'>) {
    const { body_base64, headers } = input;
    return this.dialects.readNotice({ body: Buffer.from(body_base64, 'base64'), headers });
  }

  prepareRefund(input: Input<Pay, 'prepareRefund'>) {
    return this.dialects.current.prepareRefund(input);
  }

  refund(input: Input<Pay, 'refund'>) {
    return this.dialects.of(input.dialect).refund(input);
  }

  async queryRefund(input: Input<Pay, 'queryRefund'>) {
    const verdict = await this.dialects.of(input.account?.dialect).queryRefund(input);
    if (verdict.outcome !== 'success' || input.timed) return verdict;
    const { success_time, ...untimed } = verdict;
    return untimed;
  }

  billRows(input: Input<Pay, 'billRows'>) {
    return this.bills.rows(input);
  }

  billBytes(input: Input<Pay, 'billBytes'>) {
    return this.bills.bytes(input);
  }

  fundflow(input: Input<Pay, 'fundflow'>) {
    return this.bills.fundflow(input);
  }

  async checkWechat() {
    return { findings: await this.dialects.check() };
  }
}
