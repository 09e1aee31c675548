import { timingSafeEqual } from 'node:crypto';
import type { ToldPayment } from '@saoma/contracts/payments';
import type { EntityManager } from 'typeorm';
import { PayKeyRow } from '../ledger/merchant-order.entity';
import { type PayLogRow, toPayment } from '../ledger/pay-log.entity';

/** Who looks, as the calls tell it. */
export interface Viewer {
  /** Null: nobody signed in. */
  readonly user_id: string | null;
  readonly operator?: boolean;
  readonly shop?: true | undefined;
  readonly pay_key_hash?: string | undefined;
}

/** Whether the viewer is the shop that opened it. */
export function isOpener(row: Pick<PayLogRow, 'shop'>, { user_id, shop }: Viewer): boolean {
  return shop === true && row.shop !== null && row.shop === user_id;
}

/** Whether the viewer may pay it: its payer, its shop, or whoever has a key of it. */
export async function mayPay(manager: EntityManager, row: PayLogRow, viewer: Viewer) {
  if (row.user_id === viewer.user_id || isOpener(row, viewer)) return true;
  const { pay_key_hash } = viewer;
  if (pay_key_hash === undefined || row.shop === null) return false;
  const brought = Buffer.from(pay_key_hash);
  const keys = await manager.findBy(PayKeyRow, { out_trade_no: row.out_trade_no });
  return keys.some((key) => timingSafeEqual(Buffer.from(key.pay_key_hash), brought));
}

/** The payment as the viewer sees it: what only the shop said to itself is not for payers. */
export function shown(row: PayLogRow, viewer: Viewer): ToldPayment {
  const payment = toPayment(row);
  const isWhole = viewer.operator === true || isOpener(row, viewer);
  return isWhole || row.metadata === null ? payment : { ...payment, metadata: null };
}
