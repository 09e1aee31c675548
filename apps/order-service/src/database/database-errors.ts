const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code);

const duplicates = new Set([
  'ER_DUP_ENTRY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
]);

/** A unique key was there already. */
export function isDuplicate(error: unknown): boolean {
  return duplicates.has(codeOf(error));
}

/** Somebody else holds the rows: this unit of work was undone, or did nothing. */
export function isLockConflict(error: unknown): boolean {
  return ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'].includes(codeOf(error));
}

const lostConnection = ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'];

const outages = new Set([
  ...lostConnection,
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ENOENT',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_ABORTING_CONNECTION',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_READ_ONLY_MODE',
  'SQLITE_BUSY',
]);

/** The server is away, refuses connections, or the way to it broke: nobody knows what it did. */
export function isOutage(error: unknown): boolean {
  const { fatal, message } = (error ?? {}) as { fatal?: unknown; message?: unknown };
  return outages.has(codeOf(error)) || fatal === true || message === 'Pool is closed.';
}

/**
 * The pool gave out a connection that had died meanwhile, for instance because the server was
 * started anew: its first statement fails, and nothing was written.
 */
export function isLostBeforeWriting(error: unknown): boolean {
  const { query } = (error ?? {}) as { query?: unknown };
  return lostConnection.includes(codeOf(error)) && /^(SELECT|START TRANSACTION)\b/.test(`${query}`);
}
