import type { System } from '../../support/system';

/** Whatever only waits for its time in the rows of these payments is due now. */
export async function makeDue(system: System, out_trade_nos: readonly string[]): Promise<void> {
  const these = `out_trade_no IN (${out_trade_nos.map((no) => `'${no}'`).join(', ')})`;
  const ahead = (system.clock?.aheadMs ?? 0) / 1_000;
  const now = `(UTC_TIMESTAMP(3) + INTERVAL ${ahead} SECOND)`;
  const soon = `(UTC_TIMESTAMP(3) + INTERVAL ${ahead + 1} SECOND)`;
  for (const sql of [
    `UPDATE tb_paylog SET next_look_time = ${now}
      WHERE ${these} AND trade_state IN ('0', '2') AND next_look_time > ${soon}`,
    `UPDATE tb_paylog SET attempt_until_time = ${now} - INTERVAL 20 SECOND
      WHERE ${these} AND attempt IS NOT NULL AND attempt_until_time > ${now}`,
    `UPDATE tb_refund SET next_look_time = ${now}
      WHERE ${these} AND status = 'PROCESSING' AND next_look_time > ${soon}`,
    `UPDATE tb_outbox SET next_try_time = ${now}
      WHERE ${these} AND state = 'PENDING' AND next_try_time > ${now}`,
  ]) {
    // The service works on these rows meanwhile: what could not be moved is moved next time.
    await system.rows(sql).catch(unlessDeadlock);
  }
}

function unlessDeadlock(error: unknown): void {
  if ((error as { code?: string }).code !== 'ER_LOCK_DEADLOCK') throw error;
}
