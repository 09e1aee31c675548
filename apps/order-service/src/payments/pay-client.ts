import { NativeRequest, payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import type { PayLogRow } from '../ledger/pay-log.entity';

/** The pay service, as the order service calls it; injected by this class. */
export class PayClient extends ClientOf(payService) {}

/**
 * The merchant that opened a payment at WeChat, which knows a number only together with its
 * merchant; null if WeChat was never asked for a code.
 */
export function merchantOf({ native_request }: Pick<PayLogRow, 'native_request'>) {
  if (native_request === null) return null;
  const { appid, mch_id } = NativeRequest.parse(JSON.parse(native_request));
  return { appid, mch_id };
}
