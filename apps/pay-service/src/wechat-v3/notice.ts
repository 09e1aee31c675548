import type { KeyObject } from 'node:crypto';
import { type News, paidStates } from '@saoma/contracts/pay';
import { AnyOutTradeNo, OutRefundNo, TransactionId } from '@saoma/contracts/values';
import { z } from 'zod';
import { foreignWords } from '../foreign-words';
import { NotBelieved } from '../not-believed';
import { DecryptError, decrypt, Sealed } from './cipher';
import { type Json, readJson } from './json';
import { readPaid } from './paid';

/** Who we are in a notice, and the key that opens it. */
export interface NoticeMerchant {
  readonly appid: string;
  readonly mch_id: string;
  readonly apiV3Key: KeyObject;
}

/** What a notice brings; `nothing`: it is WeChat's and means nothing here. */
export type OpenedNotice =
  | News
  /** What we asked WeChat to say back. */
  | { readonly is: 'echo'; readonly echo_message: string }
  | { readonly is: 'nothing'; readonly event_type: string };

/** It is WeChat's, and yet it does not open: the APIv3 key is another one. */
export class NotOpened extends NotBelieved {}

const Envelope = z.object({
  event_type: z.string(),
  resource: Sealed.extend({ original_type: z.string() }),
});

const Refunded = z.object({
  out_trade_no: AnyOutTradeNo,
  out_refund_no: OutRefundNo,
  transaction_id: TransactionId,
});

/** The events that mean something here, and what they carry. */
const readers: Readonly<
  Record<string, { type: string; read: (text: Json, merchant: NoticeMerchant) => OpenedNotice }>
> = {
  'TRANSACTION.SUCCESS': { type: 'transaction', read: readPayment },
  'REFUND.SUCCESS': { type: 'refund', read: readRefund },
  'REFUND.ABNORMAL': { type: 'refund', read: readRefund },
  'REFUND.CLOSED': { type: 'refund', read: readRefund },
  'SECURITY_ECHO.SUCCESS': { type: 'security', read: readEcho },
};

/**
 * Reads a notice whose signature holds: opens it, and makes sure that it is for our merchant.
 * Throws NotBelieved for anything else than a notice of WeChat's to us.
 */
export function openNotice(body: Uint8Array, merchant: NoticeMerchant): OpenedNotice {
  const json = readJson(body);
  if (!json) throw new NotBelieved('unreadable: no JSON');
  const event_type = foreignWords(json.event_type, 64);
  const reader = Object.hasOwn(readers, event_type) ? readers[event_type] : undefined;
  if (!reader && event_type) return { is: 'nothing', event_type };
  const { data } = Envelope.safeParse(json);
  if (!reader || !data) throw new NotBelieved('missing or malformed members');
  if (data.resource.original_type !== reader.type) throw new NotBelieved('another original_type');
  const text = readJson(opened(data.resource, merchant.apiV3Key));
  if (!text) throw new NotBelieved('unreadable: no JSON inside');
  return reader.read(text, merchant);
}

function opened(resource: Sealed, apiV3Key: KeyObject): Buffer {
  try {
    return decrypt(resource, apiV3Key);
  } catch (error) {
    if (!(error instanceof DecryptError)) throw error;
    throw new NotOpened(`${error.message}: is WECHAT_V3_KEY the APIv3 key of this merchant?`);
  }
}

function readPayment(text: Json, { appid, mch_id }: NoticeMerchant): News {
  if (text.mchid !== mch_id) throw new NotBelieved('another mchid');
  if (text.appid !== appid) throw new NotBelieved('another appid');
  const states: readonly unknown[] = paidStates;
  if (!states.includes(text.trade_state)) throw new NotBelieved('about no money');
  const paid = readPaid(text);
  if (!paid) throw new NotBelieved('missing or malformed members');
  return { is: 'payment', paid };
}

/** Of a refund only its number is taken: what became of it WeChat is asked. */
function readRefund(text: Json, { mch_id }: NoticeMerchant): News {
  if (text.mchid !== mch_id) throw new NotBelieved('another mchid');
  const { data } = Refunded.safeParse(text);
  if (!data) throw new NotBelieved('missing or malformed members');
  return { is: 'refund', ...data };
}

function readEcho(text: Json): OpenedNotice {
  return { is: 'echo', echo_message: foreignWords(text.echo_message) };
}
