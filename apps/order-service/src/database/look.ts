import { within } from '@saoma/platform/within';
import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2';

/** A server that has not said by then how it is, is not well. */
export const lookMsMax = 1_000;

/**
 * Changes no row, and yet a server that takes no writes refuses it; and who has locked the table
 * of payments lets it wait.
 */
export const probeSql = "UPDATE tb_paylog SET out_trade_no = out_trade_no WHERE out_trade_no = '0'";
/** A Galera node answers two rows; any other server none, or one without a value. */
export const stateSql = `SHOW GLOBAL STATUS
  WHERE Variable_name IN ('wsrep_cluster_state_uuid', 'wsrep_local_state')`;
const groupName = 'group_replication_group_name';
const groupSql = `SHOW GLOBAL VARIABLES LIKE '${groupName}'`;
export const settingsSql =
  'SELECT @@innodb_flush_log_at_trx_commit AS flush, @@global.read_only AS readOnly';
const synced = '4';
/** It has all that the others have; or gives another one its data and lags behind meanwhile. */
const joined = [synced, '2'];

/** What a server says of itself. */
export interface Look {
  /** Empty: it is in none. */
  readonly cluster: string;
  /** It has all that the others have. A cluster that knows no such state always does. */
  readonly isSynced: boolean;
  /** It is a node of a cluster that it has not joined, or that it has lost. */
  readonly isOutside: boolean;
  /** It may forget in a crash what it has committed. */
  readonly isForgetful: boolean;
  readonly isReadOnly: boolean;
}

type Rows = readonly Record<string, unknown>[];

const told = (rows: Rows, name: string) =>
  String(rows.find((row) => row.Variable_name === name)?.Value ?? '');

/** Whether the server has all that the others have, by what it answers to `stateSql`. */
export function isSyncedBy(rows: Rows): boolean {
  return ['', synced].includes(told(rows, 'wsrep_local_state'));
}

/** Whether the server may forget what it has committed, by what it answers to `settingsSql`. */
export const isForgetfulBy = ([row]: Rows) => Number(row?.flush) !== 1;

/** Asks the server on a connection of its own. Fails if it does not answer in time, or cannot. */
export async function lookAt(
  { host, port, user, password, database, ssl, stream }: ConnectionOptions,
  { isWritable = false } = {},
): Promise<Look> {
  const connection = createConnection({
    ...{ host, port, user, password, database, ssl, stream },
    connectTimeout: lookMsMax,
  });
  // Whoever waits for an answer hears of it.
  connection.on('error', () => undefined);
  const rows = async (sql: string) => {
    const [found] = await connection.promise().query<RowDataPacket[]>(sql);
    return found;
  };
  const ask = async (): Promise<Look> => {
    if (isWritable) await connection.promise().query(probeSql);
    const galera = await rows(stateSql);
    const state = told(galera, 'wsrep_local_state');
    const settings = await rows(settingsSql);
    const cluster =
      state === ''
        ? told(await rows(groupSql), groupName)
        : told(galera, 'wsrep_cluster_state_uuid');
    return {
      cluster,
      isSynced: isSyncedBy(galera),
      isOutside: state !== '' && !joined.includes(state),
      isForgetful: isForgetfulBy(settings),
      isReadOnly: Number(settings[0]?.readOnly) !== 0,
    };
  };
  try {
    return await within(lookMsMax, ask(), () => {
      throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
    });
  } finally {
    connection.destroy();
  }
}
