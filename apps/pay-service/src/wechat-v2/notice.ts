import type { News } from '@saoma/contracts/pay';
import type { NoticeReply } from '@saoma/contracts/values';
import type { z } from 'zod';
import { NotBelieved } from '../not-believed';
import { readPaid } from './paid';
import { readRefundNews } from './refund-notice';
import { isSignatureValid, type Merchant } from './sign';
import { type Fields, mapToXml, XmlError, xmlToMap } from './xml';

type PaymentNews = Extract<News, { is: 'payment' }>;
/** What a notice tells, or why it is not to be believed. */
export type ReadNotice = { readonly news: News } | { readonly news: null; readonly reason: string };

/**
 * Reads a notice of either kind, which a `req_info` tells apart: only a refund notice has one. The
 * sender of a bad one never learns the reason.
 */
export function processNotice(body: Uint8Array, merchant: Merchant): ReadNotice {
  try {
    const fields = xmlToMap(body);
    const read = fields.get('req_info') ? readRefundNews : readPaymentNews;
    return { news: read(fields, merchant) };
  } catch (error) {
    if (error instanceof XmlError) return { news: null, reason: `unreadable: ${error.message}` };
    if (error instanceof NotBelieved) return { news: null, reason: error.message };
    throw error;
  }
}

/**
 * Verifies and reads a payment notice, in this order: nothing in it is looked at before its
 * signature holds. A notice that lacks its signature is forged, and so is one of another merchant.
 */
function readPaymentNews(fields: Fields, merchant: Merchant): PaymentNews {
  if (!isSignatureValid(fields, merchant)) throw new NotBelieved('wrong signature');
  const reason = whyNotOurs(fields, merchant) ?? whyNoMoney(fields);
  if (reason) throw new NotBelieved(reason);
  const paid = readPaid(fields);
  if (!paid) throw new NotBelieved('missing or malformed elements');
  return { is: 'payment', paid };
}

function whyNotOurs(fields: Fields, merchant: Merchant): string | undefined {
  if (fields.get('appid') !== merchant.appid) return 'another appid';
  if (fields.get('mch_id') !== merchant.mch_id) return 'another mch_id';
  // Usually absent. Where present it is signed, so it must name the algorithm that was used.
  const sign_type = fields.get('sign_type') || merchant.sign_type;
  return sign_type === merchant.sign_type ? undefined : 'another sign_type';
}

function whyNoMoney(fields: Fields): string | undefined {
  if (fields.get('return_code') !== 'SUCCESS') return 'return_code is not SUCCESS';
  return fields.get('result_code') === 'SUCCESS' ? undefined : 'result_code is not SUCCESS';
}

/** Written once: each notice is answered with one of two texts. */
const replies = { believed: replyText('SUCCESS', 'OK'), refused: replyText('FAIL', 'SIGNERROR') };

/**
 * Our answer to a notice. After anything but SUCCESS WeChat comes again, 15 times within a day. A
 * refused notice does not learn why: that would help only a forger.
 */
export function noticeReply({ believed }: { believed: boolean }): z.output<typeof NoticeReply> {
  const body = believed ? replies.believed : replies.refused;
  return { status: 200, type: 'text/xml; charset=utf-8', body };
}

function replyText(return_code: string, return_msg: string): string {
  return mapToXml(new Map(Object.entries({ return_code, return_msg })), '');
}
