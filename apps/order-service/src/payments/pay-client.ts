import { NativeRequest, payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import type { PayLogRow } from '../ledger/pay-log.entity';

/** The pay service, as the order service calls it; injected by this class. */
export class PayClient extends ClientOf(payService) {}

type Frozen = Pick<PayLogRow, 'native_request'>;

/** The request for a code as it was frozen in the row; null: WeChat was never asked. */
export function frozenRequest({ native_request }: Frozen): NativeRequest | null {
  return native_request === null ? null : NativeRequest.parse(JSON.parse(native_request));
}

/**
 * The merchant that opened a payment at WeChat, which knows a number only together with its
 * merchant; null if WeChat was never asked for a code.
 */
export function merchantOf(row: Frozen) {
  const request = frozenRequest(row);
  return request && { appid: request.appid, mch_id: request.mch_id };
}
