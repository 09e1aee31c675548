import { AppError } from '@saoma/contracts/errors';
import { ConfigError } from '@saoma/platform/config';

/** Why a command that asks the order service has failed, in one line for whoever has called it. */
export function failureOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof AppError)) return String(error);
  // Only what has not come from the service itself is an error of this process.
  const { message, cause } = error;
  return cause instanceof Error ? `ORDER_RPC: ${message}: ${cause.message}` : message;
}
