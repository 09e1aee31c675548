/** How often the two clocks are compared. */
const lookEveryMs = 1_000;
/** What drifts by less than this is left to drift. */
const stepMsMin = 1_000;
/**
 * By then nobody writes by the old time any more: what was begun has ended, and an instance that
 * notices later than another has noticed, or has died before it could bring its own rows forward.
 */
const oldTimesMsMax = 30_000;

interface Clocks {
  /** What the machine believes the time to be; anybody may set it. */
  readonly wallMs: () => number;
  /** What only ever goes on. */
  readonly steadyMs: () => number;
}

interface Hears {
  /** By how much the clock was set, in milliseconds: below zero if it was set back. */
  onStep(stepMs: number): void;
  /** Times may be written that lie ahead: told when it was set back, and once more later. */
  onSetBack(): void;
}

const machine: Clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/** Notices that the machine's clock was set, by comparing it with one that cannot be. */
export class ClockSteps {
  private timer: NodeJS.Timeout | undefined;
  private apartMs: number;
  private againAtMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly hears: Hears,
    private readonly clocks: Clocks = machine,
  ) {
    this.apartMs = this.apart();
  }

  start(): void {
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Compares the clocks once. */
  look(): void {
    if (this.clocks.steadyMs() >= this.againAtMs) {
      this.againAtMs = Number.POSITIVE_INFINITY;
      this.hears.onSetBack();
    }
    const apartMs = this.apart();
    const stepMs = Math.round(apartMs - this.apartMs);
    if (Math.abs(stepMs) < stepMsMin) return;
    this.apartMs = apartMs;
    this.wasSet(stepMs);
  }

  /** The clock was set, by whatever this was noticed. */
  wasSet(stepMs: number): void {
    this.hears.onStep(stepMs);
    if (stepMs >= 0) return;
    this.hears.onSetBack();
    this.againAtMs = this.clocks.steadyMs() + oldTimesMsMax;
  }

  private apart(): number {
    return this.clocks.wallMs() - this.clocks.steadyMs();
  }
}
