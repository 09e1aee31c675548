/** How a suite of the proof is run. The same options give the same run. */
export interface SuiteOptions {
  readonly seed: number;
  /** `share` is what `npm test` has time for. */
  readonly part: 'whole' | 'share';
  /** Replays one part alone: an episode, a scenario. */
  readonly only?: string;
}

export interface SuiteResult {
  readonly suite: string;
  readonly episodes: number;
  /** What was done to the system: kills, cuts, lies. */
  readonly faults: number;
  /** Each with what is needed to replay it. */
  readonly violations: readonly string[];
  readonly notes: readonly string[];
}

export interface Suite {
  run(options: SuiteOptions): Promise<SuiteResult>;
}
