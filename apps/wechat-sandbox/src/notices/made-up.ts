import type { Coupon } from '../book/trade';

/** Numbers that no merchant here has. */
export const stranger = { appid: 'wx0f0e0d0c0b0a0908', mch_id: '1999999999' };

/** A part of every amount from 2 fen on is paid by two coupons; their numbers exceed 2^53. */
export function couponsFor(total_fee: number): Coupon[] {
  const fee = total_fee < 2 ? 0 : Math.max(1, Math.floor((total_fee * 3) / 10));
  const first = Math.floor(fee / 3);
  return [
    { coupon_id: '2000000000472570001', coupon_fee: first },
    { coupon_id: '2000000000472570002', coupon_fee: fee - first },
  ].filter(({ coupon_fee }) => coupon_fee > 0);
}
