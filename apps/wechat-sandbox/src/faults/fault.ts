import { z } from 'zod';
import type { Api } from '../book/trade';
import { callNames } from '../call-name';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const bytesMax = 256 * 1024 * 1024;

const upTo = (max: number) => z.int().min(1).max(max);

const base = {
  /** Fires at the nth occasion that matches, counted from when the fault was given. */
  nth: upTo(1_000_000).default(1),
  /** And so often in a row. */
  times: upTo(1_000_000).default(1),
};
const whose = {
  out_trade_no: z.string().max(32).optional(),
  mch_id: z.string().max(32).optional(),
  /** Only what is said in this dialect. */
  api: z.enum(['v2', 'v3']).optional(),
};
/** What only v3 has, whatever the fault says. */
const inV3 = z.literal('v3').default('v3');

const callMatch = z.strictObject({ call: z.enum(callNames).optional(), ...whose });
const call = { ...base, match: callMatch.prefault({}) };
const v3Call = { ...base, match: callMatch.extend({ api: inV3 }).prefault({}) };
/** Whether the call has its effect before the fault or the fault keeps it from having one. */
const phase = z.enum(['before', 'after']).default('after');
/** These spoil an answer, and an answer is there only after the effect. */
const after = z.literal('after').default('after');

/** One of v3's headers, without `Wechatpay-`. */
const header = z
  .enum(['Nonce', 'Serial', 'Signature', 'Signature-Type', 'Timestamp'])
  .default('Serial');
const age_ms = upTo(30 * dayMs).default(10 * minuteMs);

/** What can happen to one call of a merchant. */
export const CallFault = z.discriminatedUnion('kind', [
  /** Before: the effect comes late; after: only the answer does. Real time. */
  z.strictObject({ ...call, phase, kind: z.literal('delay'), delay_ms: upTo(10 * minuteMs) }),
  /** No answer ever; the connection stays open. */
  z.strictObject({ ...call, phase, kind: z.literal('black_hole') }),
  /** The connection is reset. */
  z.strictObject({ ...call, phase, kind: z.literal('reset') }),
  z.strictObject({
    ...call,
    phase,
    kind: z.literal('http_error'),
    status: z.int().min(500).max(599).default(502),
  }),
  /** A web page with status 200. */
  z.strictObject({ ...call, phase, kind: z.literal('html') }),
  z.strictObject({ ...call, phase, kind: z.literal('system_error') }),
  z.strictObject({
    ...call,
    phase,
    kind: z.literal('err_code'),
    err_code: z.string().min(1).max(32),
    err_code_des: z.string().max(128).default(''),
    /** A client must not believe one without a signature. */
    signed: z.boolean().default(true),
  }),
  /** v3's 429, signed. */
  z.strictObject({ ...v3Call, phase, kind: z.literal('frequency_limited') }),
  /** v3's 202: accepted, ask again; signed and empty. */
  z.strictObject({ ...v3Call, phase, kind: z.literal('accepted') }),
  /** v3's 204, signed and empty, as for a close that was done. */
  z.strictObject({ ...v3Call, phase, kind: z.literal('no_content') }),
  /** The payer pays just before the call, or after it and the notice comes before its answer. */
  z.strictObject({ ...call, phase, kind: z.literal('pay') }),
  z.strictObject({ ...call, phase: after, kind: z.literal('truncated') }),
  z.strictObject({ ...call, phase: after, kind: z.literal('malformed') }),
  z.strictObject({ ...call, phase: after, kind: z.literal('wrong_sign') }),
  z.strictObject({ ...call, phase: after, kind: z.literal('missing_sign') }),
  /** Signed by a key that is nobody's, under a serial that nobody knows. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('unknown_serial') }),
  /** Signed truly, under a serial that nobody knows. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('wrong_serial') }),
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('missing_header'), header }),
  /** Signed truly, but this long ago. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('stale'), age_ms }),
  /** Changed after it was signed. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('tampered') }),
  /** What is encrypted in it cannot be decrypted, though the signature is true. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('broken_tag') }),
  /** The tag of what is encrypted in it has 4 bytes, which GCM knows and WeChat never sends. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('short_tag') }),
  /** The probe by which WeChat finds out who does not verify. */
  z.strictObject({ ...v3Call, phase: after, kind: z.literal('probe') }),
  /** The answer to the same call about the order that was asked about before this one. */
  z.strictObject({ ...call, phase: after, kind: z.literal('swapped') }),
  /** One byte after the other, this far apart. */
  z.strictObject({
    ...call,
    phase: after,
    kind: z.literal('slow_drip'),
    drip_ms: upTo(minuteMs).default(100),
  }),
  z.strictObject({
    ...call,
    phase: after,
    kind: z.literal('huge_body'),
    bytes: upTo(bytesMax).default(16 * 1024 * 1024),
  }),
  /** The refund that this call makes ends without the money at the payer's. */
  z.strictObject({
    ...call,
    phase: after,
    kind: z.literal('refund_ending'),
    ending: z.enum(['REFUNDCLOSE', 'CHANGE']),
  }),
]);
export type CallFault = z.output<typeof CallFault>;

const anyNotice = z.strictObject({ notice: z.enum(['pay', 'refund']), ...whose });
const payNotice = z.strictObject({ notice: z.literal('pay'), ...whose });
const notice = { ...base, match: anyNotice };
const v3Notice = { ...base, match: anyNotice.extend({ api: inV3 }) };
const pay = { ...base, match: payNotice };

/** What can happen to one attempt of a notice. */
export const NoticeFault = z.discriminatedUnion('kind', [
  /** The attempt is lost on its way; WeChat takes it for one that failed. */
  z.strictObject({ ...notice, kind: z.literal('drop') }),
  /** In the sandbox's time. */
  z.strictObject({ ...notice, kind: z.literal('delay'), delay_ms: upTo(30 * dayMs) }),
  /** So many more at the same moment. */
  z.strictObject({ ...notice, kind: z.literal('duplicate'), copies: upTo(100).default(1) }),
  /** Waits until another notice was sent, at most a minute of the sandbox's time. */
  z.strictObject({ ...notice, kind: z.literal('reorder') }),
  /** Made with a key that is not the merchant's. */
  z.strictObject({ ...notice, kind: z.literal('forged') }),
  /** Another amount under a valid signature, or under that of the true amount. */
  z.strictObject({
    ...notice,
    kind: z.literal('altered_amount'),
    total_fee: upTo(9_999_999_999).default(1),
    signed: z.boolean().default(true),
  }),
  /** Another merchant's numbers, made with this merchant's key: only the numbers give it away. */
  z.strictObject({ ...notice, kind: z.literal('other_merchant') }),
  z.strictObject({ ...notice, kind: z.literal('unknown_elements') }),
  z.strictObject({ ...v3Notice, kind: z.literal('unknown_serial') }),
  z.strictObject({ ...v3Notice, kind: z.literal('wrong_serial') }),
  z.strictObject({ ...v3Notice, kind: z.literal('missing_header'), header }),
  z.strictObject({ ...v3Notice, kind: z.literal('stale'), age_ms }),
  z.strictObject({ ...v3Notice, kind: z.literal('tampered') }),
  z.strictObject({ ...v3Notice, kind: z.literal('broken_tag') }),
  z.strictObject({ ...v3Notice, kind: z.literal('short_tag') }),
  z.strictObject({ ...v3Notice, kind: z.literal('probe') }),
  /** An event that a merchant has never heard of. */
  z.strictObject({ ...v3Notice, kind: z.literal('unknown_event') }),
  /** Coupons paid a part of the order; orderquery says so too from now on. */
  z.strictObject({ ...pay, kind: z.literal('coupons') }),
  z.strictObject({ ...pay, kind: z.literal('sign_type'), present: z.boolean().default(true) }),
]);
export type NoticeFault = z.output<typeof NoticeFault>;

const unbelievable: readonly NoticeFault['kind'][] = [
  ...(['forged', 'other_merchant', 'unknown_serial', 'wrong_serial', 'missing_header'] as const),
  ...(['stale', 'tampered', 'broken_tag', 'short_tag', 'probe'] as const),
];

/** Whether no merchant may believe a notice of this dialect that is spoilt so. */
export function isUnbelievable(fault: NoticeFault, api: Api): boolean {
  if ((fault.match.api ?? api) !== api) return false;
  return fault.kind === 'altered_amount' ? !fault.signed : unbelievable.includes(fault.kind);
}

export type FaultRule = CallFault | NoticeFault;

/** A fault with `match.notice` is about notices, any other about calls. */
export const FaultInput = z.unknown().transform((input, context): FaultRule => {
  const about = z.looseObject({ match: z.looseObject({ notice: z.unknown() }) }).safeParse(input);
  const schema = about.success && about.data.match.notice !== undefined ? NoticeFault : CallFault;
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    context.addIssue({ code: 'custom', path, message });
  }
  return z.NEVER;
});
