import { Newest } from './newest';

/** The same kind of trouble is told once in this time, however often it is met. */
const quietMsMax = 60_000;
/** Kinds of trouble that are kept apart; more of them push out the oldest. */
const kindsMax = 100;

/** Which trouble has its turn to be told: each kind once a minute. */
export class Seldom {
  private readonly told = new Newest<string, { readonly atMs: number; leftOut: number }>(kindsMax);

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** How often this kind was left out since it was last told; undefined: it is left out now. */
  turnOf(kind: string): number | undefined {
    const atMs = this.now();
    const before = this.told.get(kind);
    if (before && atMs - before.atMs < quietMsMax) {
      before.leftOut += 1;
      return undefined;
    }
    this.told.set(kind, { atMs, leftOut: 0 });
    return before?.leftOut ?? 0;
  }
}
