/**
 * Stands in the place of the order service's own crash-point.ts, in a copy of the tree: there a
 * process dies, or waits, at a moment that a suite has chosen.
 */
type Gate = (moment: string) => Promise<void>;

/** What a process does when it passes `moment` for the `nth` time: it dies, or tells and waits. */
export interface Trap {
  readonly moment: string;
  readonly nth: number;
  readonly action: 'die' | 'wait';
}

/** Both copies of this file in one process share what was set. */
const shared = globalThis as unknown as Record<symbol, Gate | undefined>;
const gateKey = Symbol.for('saoma.crash-point.gate');

let trap: Trap | undefined;
let passed = 0;
let goOn: (() => void) | undefined;

/** For suites that run the service's parts in their process: `gate` is awaited at each moment. */
export function setGate(gate: Gate | undefined): void {
  shared[gateKey] = gate;
}

export async function crashPoint(moment: string): Promise<void> {
  await shared[gateKey]?.(moment);
  if (trap?.moment !== moment) return;
  passed += 1;
  if (passed !== trap.nth) return;
  if (trap.action === 'die') {
    process.kill(process.pid, 'SIGKILL');
    // The signal is delivered a moment later: nothing more may happen until then.
    await new Promise(() => undefined);
  }
  process.send?.(`at ${moment}`);
  await new Promise<void>((resolve) => {
    goOn = resolve;
  });
}

/** A parent arms, disarms and releases its child over IPC. */
process.on('message', (message: { trap?: Trap | null } | 'go on') => {
  if (message === 'go on') goOn?.();
  else if (typeof message === 'object' && 'trap' in message) {
    trap = message.trap ?? undefined;
    passed = 0;
  }
});
