import type { Payment, Refund, Trade } from '../book/trade';
import type { NoticeFault } from '../faults/fault';
import type { Merchant } from '../merchant';
import { withSpoiltTag } from '../v3/cipher';
import { type Event, writeEvent } from '../v3/event';
import { paidEvent, refundEvent } from '../v3/events';
import type { Platform } from '../v3/platform';
import { requestId, type Spoiling, signSpoilt } from '../v3/signed-headers';
import type { Post, Reply } from './courier';
import type { Letter } from './letter';
import { couponsFor, stranger } from './made-up';
import type { V3Wording, Wording } from './wording';

/** Who is told, and who signs; and what was said already, if an earlier process began to tell. */
export interface Desk {
  readonly merchant: Merchant;
  readonly platform: Platform;
  readonly said?: Wording | undefined;
}

/** Undefined for a merchant without an APIv3 key: WeChat then tells it nothing. */
export function v3PayLetter(trade: Trade, paid: Payment, desk: Desk): Letter | undefined {
  if (!desk.merchant.v3_key) return undefined;
  const wording = v3Wording(desk, () => paidEvent(trade, paid));
  return {
    kind: 'pay',
    url: trade.request.notify_url,
    trade,
    ...v3Writing(desk, wording, (fault) => {
      if (fault?.kind !== 'coupons') return;
      paid.coupons = couponsFor(trade.total_fee);
      wording.event = { ...paidEvent(trade, paid), id: wording.event.id };
    }),
  };
}

/** Undefined when nobody wants to hear of the refund. */
export function v3RefundLetter(trade: Trade, refund: Refund, desk: Desk): Letter | undefined {
  if (!refund.notify_url || !desk.merchant.v3_key) return undefined;
  const writing = v3Writing(
    desk,
    v3Wording(desk, () => refundEvent(trade, refund)),
  );
  return { kind: 'refund', url: refund.notify_url, trade, refund, ...writing };
}

const v3Wording = ({ said }: Desk, event: () => Event): V3Wording =>
  said?.api === 'v3' ? said : { api: 'v3', event: event(), isDrawn: false };

/** Whatever the merchant's body says. */
export const v3IsReceived = ({ status }: Reply): boolean => status === 200 || status === 204;

/** Each attempt is encrypted and signed anew, for a signature lives five minutes. */
function v3Writing(desk: Desk, wording: V3Wording, change?: (fault?: NoticeFault) => void) {
  return {
    api: 'v3' as const,
    wording,
    write(fault?: NoticeFault) {
      change?.(fault);
      return v3Post(wording.event, desk, fault);
    },
    probe() {
      // A letter is probed at its first attempt or never.
      const isProbed = !wording.isDrawn && Math.random() < desk.platform.probe_share;
      wording.isDrawn = true;
      return isProbed ? v3Post(wording.event, desk, { kind: 'probe' }) : undefined;
    },
    isReceived: v3IsReceived,
  };
}

/** The bytes of one notice. */
export async function v3Post(
  event: Event,
  { merchant, platform }: Desk,
  fault?: NoticeFault | Spoiling,
): Promise<Post> {
  const notice = writeEvent(spoiltEvent(event, fault), merchant.v3_key ?? '');
  notice.resource.ciphertext = withSpoiltTag(notice.resource.ciphertext, fault?.kind);
  const isUnsigned = fault?.kind === 'altered_amount' && 'signed' in fault && !fault.signed;
  const key = await platform.keyOfNotice(merchant);
  const more = fault?.kind === 'unknown_elements' ? { unknown_new_member: { x: [1] } } : {};
  const body = JSON.stringify({ ...notice, ...more });
  const signed = await signSpoilt(body, key, isUnsigned ? { kind: 'forged' } : fault);
  const own = { 'content-type': 'application/json', 'request-id': requestId(0) };
  return { headers: { ...own, ...signed.headers }, body: signed.body };
}

/** What a fault tells in place of the truth. */
function spoiltEvent(event: Event, fault: NoticeFault | Spoiling | undefined): Event {
  const { plain } = event;
  if (fault?.kind === 'other_merchant') {
    const { appid, mch_id: mchid } = stranger;
    const numbers = 'appid' in plain ? { mchid, appid } : { mchid };
    return { ...event, plain: { ...plain, ...numbers } };
  }
  if (fault?.kind === 'altered_amount' && 'total_fee' in fault) {
    return { ...event, plain: { ...plain, amount: alteredAmount(event, fault.total_fee) } };
  }
  if (fault?.kind === 'unknown_elements') {
    return { ...event, plain: { ...plain, unknown_new_member: 'x' } };
  }
  return fault?.kind === 'unknown_event' ? { ...event, event_type: 'SANDBOX.UNKNOWN' } : event;
}

/** Another amount: of the payment, or of the refund. */
function alteredAmount({ plain, original_type }: Event, fee: number): object {
  const amount = Object(plain.amount);
  return original_type === 'refund'
    ? { ...amount, refund: fee, payer_refund: fee }
    : { ...amount, total: fee, payer_total: fee };
}
