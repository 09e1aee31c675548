import { Logger } from '@nestjs/common';
import { type AppError, isUnavailable } from '@saoma/contracts/errors';
import { Complaints } from './complaints';

const complaints = new Complaints(new Logger('unavailable'));

/**
 * Tells the log why this process could not do what it was asked, when it is about to say so to its
 * caller. An error that has a cause was told where that was met, in the neighbour's own words.
 */
export function tellUnavailable(error: AppError): void {
  if (isUnavailable(error) && error.cause === undefined) complaints.tell(error.message, undefined);
}
