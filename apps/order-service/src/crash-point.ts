/** Every moment between two steps about money at which a process may die. */
export type CrashPoint =
  | 'order.precommit'
  | 'order.committed'
  | 'open.precommit'
  | 'open.committed'
  | 'code.prepared'
  | 'code.claimed'
  | 'code.kept'
  | 'notice.read'
  | 'settle.locked'
  | 'settle.orders'
  | 'settle.precommit'
  | 'settle.committed'
  | 'query.answered'
  | 'close.wished'
  | 'close.answered'
  | 'close.locked'
  | 'close.precommit'
  | 'close.committed'
  | 'refund.precommit'
  | 'refund.committed'
  | 'refund.before'
  | 'refund.answered'
  | 'refund.accepted'
  | 'refund.queried'
  | 'refund.locked'
  | 'refund.saved'
  | 'adopt.precommit'
  | 'adopt.committed'
  | 'delivery.before'
  | 'delivery.answered'
  | 'delivery.saved'
  | 'bill.held'
  | 'bill.healed'
  | 'bill.precommit'
  | 'bill.committed';

/**
 * Marks such a moment, and does nothing. The proof (test/proof) puts a file of its own in the place
 * of this one, in a copy of the tree: there a process dies or waits here.
 */
export async function crashPoint(_moment: CrashPoint): Promise<void> {}
