import type { Paid } from '@saoma/contracts/pay';
import { readPaid } from './paid';
import { isSignatureValid, type Merchant } from './sign';
import { type Fields, mapToXml, XmlError, xmlToMap } from './xml';

/** What a notice is: money that WeChat has received, or why it is not to be believed. */
export type Notice = { readonly paid: Paid } | { readonly paid: null; readonly reason: string };

/**
 * Verifies and reads a payment notice, in this order: nothing in it is looked at before its
 * signature holds. A notice that lacks its signature is forged, and so is one of another merchant.
 */
export function processNotice(body: Uint8Array, merchant: Merchant): Notice {
  let fields: Fields;
  try {
    fields = xmlToMap(body);
  } catch (error) {
    if (error instanceof XmlError) return { paid: null, reason: `unreadable: ${error.message}` };
    throw error;
  }
  if (!isSignatureValid(fields, merchant)) return { paid: null, reason: 'wrong signature' };
  const reason = whyNotOurs(fields, merchant) ?? whyNoMoney(fields);
  if (reason) return { paid: null, reason };
  const paid = readPaid(fields);
  return paid ? { paid } : { paid: null, reason: 'missing or malformed elements' };
}

function whyNotOurs(fields: Fields, merchant: Merchant): string | undefined {
  if (fields.get('appid') !== merchant.appid) return 'another appid';
  if (fields.get('mch_id') !== merchant.mch_id) return 'another mch_id';
  // Usually absent. Where present it is signed, so it must name the algorithm that was used.
  const sign_type = fields.get('sign_type') || merchant.sign_type;
  return sign_type === merchant.sign_type ? undefined : 'another sign_type';
}

function whyNoMoney(fields: Fields): string | undefined {
  if (fields.get('req_info')) return 'a refund notice';
  if (fields.get('return_code') !== 'SUCCESS') return 'return_code is not SUCCESS';
  return fields.get('result_code') === 'SUCCESS' ? undefined : 'result_code is not SUCCESS';
}

/**
 * The body of our answer to a notice. After anything but SUCCESS WeChat comes again, 15 times
 * within a day. A refused notice does not learn why: that would help only a forger.
 */
export function noticeReply({ believed }: { believed: boolean }): string {
  const [return_code, return_msg] = believed ? ['SUCCESS', 'OK'] : ['FAIL', 'SIGNERROR'];
  return mapToXml(new Map(Object.entries({ return_code, return_msg })), '');
}
