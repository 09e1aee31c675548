/** MariaDB's own numbers: mysql2 knows MySQL's names, and has another one for these or none. */
const namesInMariadb: ReadonlyMap<unknown, string> = new Map([
  [1927, 'ER_CONNECTION_KILLED'],
  [1969, 'ER_STATEMENT_TIMEOUT'],
  [4150, 'ER_USER_IS_BLOCKED'],
  [4151, 'ER_ACCOUNT_HAS_BEEN_LOCKED'],
]);

function codeOf(error: unknown): string {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  return namesInMariadb.get(errno) ?? String(code);
}

const duplicates = new Set([
  'ER_DUP_ENTRY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
]);

/** A unique key was there already. */
export function isDuplicate(error: unknown): boolean {
  return duplicates.has(codeOf(error));
}

/** What the work gives; undefined if somebody was faster: a unique key was there already. */
export async function unlessDuplicate<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isDuplicate(error)) return undefined;
    throw error;
  });
}

/** Somebody else holds the rows: this unit of work was undone, or did nothing. */
export function isLockConflict(error: unknown): boolean {
  return rowLocks.includes(codeOf(error)) || isBusyFile(error);
}

const rowLocks = ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'];

/** Another process writes into the same file. SQLite has several codes for that. */
const isBusyFile = (error: unknown) => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** What a Galera node says that has not joined its cluster, or has lost it. */
export const notPrepared = 'ER_UNKNOWN_COM_ERROR';

/** What a server says of a write that takes none. */
export const readOnly = 'ER_OPTION_PREVENTS_STATEMENT';

const lostConnection = ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'];

/** Why nothing can be had of the database just now, in words that end `the database ...`. */
const troubles: Readonly<Record<string, readonly string[]>> = {
  'cannot be reached': [
    ...lostConnection,
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENOENT',
    'SQLITE_CANTOPEN',
  ],
  'does not answer': ['ETIMEDOUT'],
  // Without TLS, or with a certificate that its ssl-mode does not believe.
  'is not the one that DATABASE_URL asks for': ['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR'],
  'is stopping': [
    'ER_SERVER_SHUTDOWN',
    'ER_NORMAL_SHUTDOWN',
    'ER_ABORTING_CONNECTION',
    'ER_NEW_ABORTING_CONNECTION',
    'ER_CONNECTION_KILLED',
    'ER_QUERY_INTERRUPTED',
    'ER_SERVER_OFFLINE_MODE',
    'ER_SESSION_WAS_KILLED',
    'ER_CLIENT_INTERACTION_TIMEOUT',
  ],
  // By a limit of its own, or of an administrator's.
  'has ended a statement that took too long': ['ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT'],
  'takes no writes': [
    readOnly,
    'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    'ER_READ_ONLY_MODE',
    'SQLITE_READONLY',
  ],
  'is not prepared': [notPrepared],
  // The others may have the transaction all the same.
  'has lost its cluster amid a commit': ['ER_ERROR_DURING_COMMIT'],
  'has no connection left': [
    'ER_CON_COUNT_ERROR',
    'ER_TOO_MANY_USER_CONNECTIONS',
    'ER_USER_LIMIT_REACHED',
  ],
  'refuses our user or host': [
    'ER_ACCESS_DENIED_ERROR',
    'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
    'ER_DBACCESS_DENIED_ERROR',
    'ER_TABLEACCESS_DENIED_ERROR',
    'ER_HOST_IS_BLOCKED',
    'ER_HOST_NOT_PRIVILEGED',
    'ER_MUST_CHANGE_PASSWORD',
    'ER_MUST_CHANGE_PASSWORD_LOGIN',
    'ER_USER_IS_BLOCKED',
    'ER_ACCOUNT_HAS_BEEN_LOCKED',
  ],
  'does not exist': ['ER_BAD_DB_ERROR'],
  'has no disk space or memory left': [
    'ER_DISK_FULL',
    'ER_RECORD_FILE_FULL',
    'ER_OUT_OF_RESOURCES',
    'SQLITE_FULL',
    'SQLITE_IOERR',
  ],
  'has rows that stay locked too long': rowLocks,
};

/** A server that goes away amid the handshake is no wrong one. */
const isCutHandshake = (error: unknown) =>
  codeOf(error) === 'HANDSHAKE_SSL_ERROR' && /disconnected|ECONNRESET|EPIPE/.test(String(error));

const troubleByCode = new Map(
  Object.entries(troubles).flatMap(([words, codes]) => codes.map((code) => [code, words])),
);

/** Why the database is of no use, as `the database ...`; undefined if the statement is at fault. */
export function troubleOf(error: unknown): string | undefined {
  const { fatal, message } = (error ?? {}) as { fatal?: unknown; message?: unknown };
  if (isBusyFile(error)) return 'is busy';
  const words = isCutHandshake(error) ? undefined : troubleByCode.get(codeOf(error));
  return (
    words ?? (fatal === true || message === 'Pool is closed.' ? 'cannot be reached' : undefined)
  );
}

/** The database is away or refuses us: nobody knows what it did. */
export function isOutage(error: unknown): boolean {
  return troubleOf(error) !== undefined && !rowLocks.includes(codeOf(error));
}

const denials = [
  'refuses our user or host',
  'does not exist',
  'is not the one that DATABASE_URL asks for',
];

/** Nothing was done, and nothing will be on any connection: one of us two says no. */
export function isDenied(error: unknown): boolean {
  return denials.includes(troubleOf(error) ?? '');
}

/** The server says that it is not the one to write to: it has certainly done nothing. */
export function isWrongServer(error: unknown): boolean {
  return ['takes no writes', 'is not prepared'].includes(troubleOf(error) ?? '');
}

/** New connections may lead to a server that is well, or to one that takes writes. */
export function isBetterElsewhere(error: unknown): boolean {
  const elsewhere = ['does not answer', 'is stopping', 'has lost its cluster amid a commit'];
  return isWrongServer(error) || elsewhere.includes(troubleOf(error) ?? '');
}

/** The connection has died, for instance because the server was started anew. */
export function isLostConnection(error: unknown): boolean {
  return lostConnection.includes(codeOf(error));
}

/** The statement would only have read. */
export function hasOnlyRead(error: unknown): boolean {
  const { query } = (error ?? {}) as { query?: unknown };
  return /^SELECT\b/.test(`${query}`);
}
