import type { Paid } from '@saoma/contracts/pay';
import { type EntityManager, IsNull } from 'typeorm';
import { isDuplicate } from '../database/database-errors';
import { type AnomalyKind, AnomalyRow, PayLogRow } from './pay-log.entity';

/**
 * Writes down money that no payment took, inside the caller's transaction, so that it is never
 * forgotten: `kind` says why; undefined means that it is the money that paid the payment.
 */
export async function record(
  manager: EntityManager,
  paid: Paid,
  kind: AnomalyKind | undefined,
): Promise<'recorded' | 'already'> {
  if (!kind) return 'already';
  if (kind === 'paid-after-close') await markLate(manager, paid);
  const { out_trade_no, transaction_id, total_fee, fee_type } = paid;
  const key = { out_trade_no, transaction_id, kind };
  if (await manager.existsBy(AnomalyRow, key)) return 'recorded';
  try {
    await manager.insert(AnomalyRow, {
      ...key,
      total_fee,
      fee_type,
      pay_time: new Date(paid.pay_time),
      create_time: new Date(),
    });
  } catch (error) {
    // Another teller of the same news was faster: it is in the books.
    if (!isDuplicate(error)) throw error;
  }
  return 'recorded';
}

/** A closed payment stays closed, but shows that money came for it. */
async function markLate(manager: EntityManager, { out_trade_no, transaction_id, pay_time }: Paid) {
  await manager.update(
    PayLogRow,
    { out_trade_no, trade_state: '2', transaction_id: IsNull() },
    { transaction_id, pay_time: new Date(pay_time) },
  );
}
