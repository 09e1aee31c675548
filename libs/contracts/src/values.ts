import { z } from 'zod';

/** Money: an integer number of fen (1/100 yuan). */
export const Fen = z.int().min(0);
/** The dearest payment: 1,000,000 yuan. */
export const totalFeeFenMax = 100_000_000;
/** What a payment can ask for: 1 fen to `totalFeeFenMax`. */
export const TotalFee = z.int().min(1).max(totalFeeFenMax);

/** Our numbers, and the shop's item numbers: 1-20 digits, strings because they exceed 2^53. */
export const Id = z.string().regex(/^[0-9]{1,20}$/, '1-20 digits');
/** The identity provider's id of a user: 1-64 printable characters, compared byte for byte. */
export const UserId = z.string().regex(/^\P{C}{1,64}$/u, '1-64 printable characters');
/** What a client draws to make a repeated command recognisable. */
export const IdempotencyKey = z.string().regex(/^[\x20-\x7e]{1,64}$/, '1-64 printable characters');
export const SellerId = z.string().min(1).max(64);

/** WeChat's number of a payment (`transaction_id`): 28 digits today, up to 32 characters. */
export const TransactionId = z.string().regex(/^[0-9A-Za-z]{1,32}$/);
/** Any merchant's number of a payment as WeChat allows it; ours are `Id`s. */
export const AnyOutTradeNo = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,32}$/);
/** Any merchant's number of a refund as WeChat allows it. */
export const OutRefundNo = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/);
/** The text behind a payment's QR code; opaque. */
export const CodeUrl = z.string().min(1).max(64);

/** Words of a person: printable characters only. */
export const Text = (lengthMax: number) =>
  z.string().regex(new RegExp(`^\\P{C}{1,${lengthMax}}$`, 'u'));

/** A moment: ISO 8601 with offset. */
export const Moment = z.iso.datetime({ offset: true });

/** A page of a list, newest first; `cursor` is what the page before gave. */
export const Page = { cursor: Id.nullable(), limit: z.int().min(1).max(100) };
export const pageLimitDefault = 20;
