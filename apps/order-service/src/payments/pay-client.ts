import { isUnavailable } from '@saoma/contracts/errors';
import { type Account, NativeRequest, payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import type { PayLogRow } from '../ledger/pay-log.entity';

/** The pay service, as the order service calls it; injected by this class. */
export class PayClient extends ClientOf(payService) {}

/** A pay service that is away is as good as a WeChat that is: the next look is a pause away. */
export async function orUnknown<T>(answer: Promise<T>) {
  return answer.catch((error: Error) => {
    if (!isUnavailable(error)) throw error;
    return { outcome: 'unknown' as const, reason: error.message };
  });
}

type Frozen = Pick<PayLogRow, 'native_request'>;

/** The request for a code as it was frozen in the row; null: WeChat was never asked. */
export function frozenRequest({ native_request }: Frozen): NativeRequest | null {
  return native_request === null ? null : parseRequest(native_request);
}

/** A request for a code; one without a dialect was frozen when there was only v2. */
export function parseRequest(text: string): NativeRequest {
  return NativeRequest.parse({ dialect: 'v2', ...JSON.parse(text) });
}

/**
 * The frozen request if it is to be sent again; else the fresh one: WeChat was told nothing yet, or
 * by another appid or merchant than ours of now, and nobody was ever given a code. Had WeChat made
 * one there, its answer was lost: nobody can pay what nobody has seen. Under a merchant that is not
 * ours no money could have come to us either.
 */
export function requestToSend(
  { native_request, first_code_time }: Pick<PayLogRow, 'native_request' | 'first_code_time'>,
  fresh: string,
): string {
  if (native_request === null || first_code_time !== null) return native_request ?? fresh;
  const [theirs, ours] = [accountOf({ native_request }), accountOf({ native_request: fresh })];
  const isOurs = theirs?.appid === ours?.appid && theirs?.mch_id === ours?.mch_id;
  return isOurs ? native_request : fresh;
}

/**
 * Whom a payment was opened for: WeChat knows a number only together with its merchant. Null if
 * WeChat was never asked for a code.
 */
export function accountOf(row: Frozen): Account | null {
  const request = frozenRequest(row);
  if (request === null) return null;
  const { dialect, appid } = request;
  return { dialect, appid, mch_id: dialect === 'v2' ? request.mch_id : request.mchid };
}
