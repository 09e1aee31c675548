/** How often the two clocks are compared. */
const lookEveryMs = 1_000;
/** What drifts by less than this is left to drift. */
const stepMsMin = 1_000;

interface Clocks {
  /** What the machine believes the time to be; anybody may set it. */
  readonly wallMs: () => number;
  /** What only ever goes on. */
  readonly steadyMs: () => number;
}

const machine: Clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/** Notices that the machine's clock was set, by comparing it with one that cannot be. */
export class ClockSteps {
  private timer: NodeJS.Timeout | undefined;
  private apartMs: number;

  constructor(
    /** Hears by how much, in milliseconds: below zero if the clock was set back. */
    private readonly onStep: (stepMs: number) => void,
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
    const apartMs = this.apart();
    const stepMs = Math.round(apartMs - this.apartMs);
    if (Math.abs(stepMs) < stepMsMin) return;
    this.apartMs = apartMs;
    this.onStep(stepMs);
  }

  private apart(): number {
    return this.clocks.wallMs() - this.clocks.steadyMs();
  }
}
