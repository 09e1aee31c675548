import { z } from 'zod';
import { Event } from '../v3/event';

const V2Wording = z.strictObject({
  api: z.literal('v2'),
  /** The elements before they are signed or encrypted. */
  fields: z.record(z.string(), z.string()),
  /** Of a refund, whose elements have none. */
  nonce_str: z.string().optional(),
});

const V3Wording = z.strictObject({
  api: z.literal('v3'),
  event: Event,
  /** Whether it was drawn already if a probe goes before: at the first attempt or never. */
  isDrawn: z.boolean(),
});

/** What a letter says at each of its repeats, so that another process can go on with them. */
export const Wording = z.discriminatedUnion('api', [V2Wording, V3Wording]);
export type Wording = z.output<typeof Wording>;
export type V2Wording = z.output<typeof V2Wording>;
export type V3Wording = z.output<typeof V3Wording>;
