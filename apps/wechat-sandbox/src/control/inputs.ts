import { z } from 'zod';
import { NoticeFault } from '../faults/fault';

const number = z.string().min(1).max(64);
const yearMs = 31_536_000_000;
const bodyCharsMax = 131_072;

/** Which order: by its code, or by the merchant's number (and merchant, where two use one). */
const tradeName = { out_trade_no: number.optional(), mch_id: number.optional() };

export const PayInput = z
  .strictObject({ code_url: z.string().min(1).max(128).optional(), ...tradeName })
  .refine(({ code_url, out_trade_no }) => code_url || out_trade_no, 'code_url or out_trade_no');

/** A refund that the merchant makes in the console; its notice goes where the console says. */
export const RefundInput = z.strictObject({
  out_trade_no: number,
  mch_id: number.optional(),
  refund_fee: z.int().min(1),
  notify_url: z.url().max(256).optional(),
});

export const ClockInput = z.strictObject({ advance_ms: z.int().min(0).max(yearMs) });

const share = z.number().min(0).max(1).optional();

/** What is done to WeChat's own keys. */
export const PlatformInput = z.strictObject({
  /** A new certificate; the one before is still listed. */
  rotate: z.boolean().optional(),
  /** How much of what certificates sign the new one signs; the one before signs the rest. */
  new_certificate_share: share,
  /** The share of answers and notices that a signature probe goes before. */
  probe_share: share,
  /** In mode `both`: the share of notices that the public key signs. */
  public_key_share: share,
});

/** What a test says in WeChat's name; `age_ms` is how long ago it was signed. */
export const SignInput = z.strictObject({
  body: z.string().max(bodyCharsMax),
  mch_id: number.optional(),
  age_ms: z.int().min(-yearMs).max(yearMs).default(0),
});

/** One notice sent now, true or as the fault spoils it. */
export const NoticeInput = z.strictObject({
  out_trade_no: number,
  mch_id: number.optional(),
  notice: z.enum(['pay', 'refund']).default('pay'),
  fault: z.looseObject({ kind: z.string() }).optional(),
});

export type NoticeInput = z.output<typeof NoticeInput>;

/** The spoilt notice that was asked for; what puts an attempt off has no place in a single one. */
export const HandFault = NoticeFault.refine(
  ({ kind }) => !['drop', 'delay', 'reorder'].includes(kind),
  'not for a notice that is sent by hand',
);
