import type { Way } from '../support/wechat';

/** How a suite of the proof is run. The same options give the same run. */
export interface SuiteOptions {
  readonly seed: number;
  /** `share` is what `npm test` has time for. */
  readonly part: 'whole' | 'share';
  /** Replays one part alone: an episode, a scenario. */
  readonly only?: string;
  /** The one way in which WeChat is spoken with; else the seed draws. */
  readonly way?: Way;
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
