import type { Log } from '@saoma/platform/log';
import type { GivenCodes } from './given-codes';

/** What the channels of a process share. */
export interface Shared {
  readonly log: Log;
  readonly codes: GivenCodes;
}
