import { setTimeout as pause } from 'node:timers/promises';
import type { Output } from '@saoma/contracts/define';
import { isUnavailable } from '@saoma/contracts/errors';
import { type Finding, reconciliations } from '@saoma/contracts/reconciliations';
import { ClientOf } from '@saoma/platform/rpc/client';

/** How often it is asked whether the day is compared. */
const pauseMs = 500;
/** Findings of one answer. */
const pageMax = 100;

export class ReconciliationClient extends ClientOf(reconciliations) {}

export type ToldDay = Output<typeof reconciliations, 'getReconciliation'>;

/** The exit codes of a command about a day. */
export const exits = { alike: 0, different: 1, notAsked: 2, open: 3 } as const;

interface Patience {
  /** So long it is waited for the day. */
  readonly waitMsMax: number;
  /** So many findings are told, and of more only that there are. */
  readonly findingsMax: number;
}

/**
 * Has a day compared by the order services, as an operator's route does, and waits until one of
 * them has done it, or has found that it must be tried again later. An order service that is away
 * meanwhile is waited for as well. Fails with `reconciliation/no-such-bill` before anything.
 */
export async function reconciled(
  client: ReconciliationClient,
  day: string,
  { waitMsMax, findingsMax }: Patience,
): Promise<ToldDay> {
  await client.reconcile({ day });
  const endMs = performance.now() + waitMsMax;
  let told: ToldDay | undefined;
  for (;;) {
    try {
      told = await client.getReconciliation({ day, cursor: null, limit: pageMax });
      if (hasEnded(told)) return await withFindings(client, told, findingsMax);
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > endMs) throw error;
    }
    if (told && performance.now() > endMs) return told;
    await pause(pauseMs);
  }
}

/** WeChat has no bill of it any more, and it was not compared to the end of one before. */
const isGivenUp = ({ under_way, compared }: ToldDay) => !under_way && !compared;

/** Whoever wants a day takes its reason away: one that is there tells of a try since. */
function hasEnded(told: ToldDay): boolean {
  const { under_way, state, reason } = told;
  if (under_way) return reason !== null;
  return isGivenUp(told) || (state !== 'WAITING' && state !== 'REFUSED');
}

async function withFindings(client: ReconciliationClient, told: ToldDay, findingsMax: number) {
  const { day } = told;
  const findings = [...told.findings];
  let { cursor } = told;
  while (cursor !== null && findings.length < findingsMax) {
    const page: ToldDay = await client.getReconciliation({ day, cursor, limit: pageMax });
    findings.push(...page.findings);
    cursor = page.cursor;
  }
  return { ...told, findings, cursor };
}

export function exitOf({ state, under_way }: ToldDay): number {
  if (state === 'REFUSED') return exits.different;
  if (under_way || state === 'WAITING') return exits.open;
  return state === 'DIFFERENT' ? exits.different : exits.alike;
}

const notYet = 'It is not compared yet, and goes on by itself: ask again later.';
const noMore = 'It was not compared to its end, and WeChat gives out no bill of it any more.';

/** The day and what was found, in lines for people; amounts in fen. */
export function linesOf(told: ToldDay): string[] {
  const { day, state, rows, totals, bill_hash, reason, findings, cursor } = told;
  const isOpen = exitOf(told) === exits.open;
  // What was compared stands until there is another file that is whole.
  const isFormer = state === 'REFUSED' || (told.under_way && told.compared);
  const file = isFormer ? ' before' : '';
  const standing = findings.filter(({ ended }) => ended === null);
  const sums = totals && [
    `${totals.order_fee} fen paid`,
    `${totals.refund_fee} fen refunded`,
    `${totals.service_fee} fen of fees`,
  ];
  return [
    `${day}  ${isOpen ? 'WAITING' : state}`,
    ...(bill_hash ? [`bill${file}: ${[`${rows} rows`, ...(sums ?? [])].join(', ')}`] : []),
    ...(bill_hash ? [`SHA1${file}: ${bill_hash}`] : []),
    ...(reason ? [`why: ${reason}`] : []),
    ...findings.map(lineOf),
    `found: ${standing.length}${cursor === null ? '' : ' and more: see the console'}`,
    ...(isOpen ? [isGivenUp(told) ? noMore : notYet] : []),
  ];
}

interface Side {
  readonly fee: number;
  readonly state: string;
  /** Of a bill only. */
  readonly fee_type?: string;
}

/** It may be all that differs. */
const currencyOf = ({ fee_type = 'CNY' }: Side) =>
  fee_type === 'CNY' ? '' : ` (${fee_type || 'no currency'})`;

function lineOf({ kind, out_trade_no, out_refund_no, ...more }: Finding): string {
  const { bill, ours, done, ended } = more;
  const side = (name: string, row: Side | null) =>
    row ? [`${name}: ${row.fee} fen${currencyOf(row)} ${row.state}`] : [];
  const says = [
    ...side('bill', bill),
    ...side('here', ours),
    ...(done ? [done] : []),
    ...(ended ? [`over: ${ended}`] : []),
  ];
  return `  ${kind} ${out_refund_no ?? out_trade_no}  ${says.join('; ')}`;
}
