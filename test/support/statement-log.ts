import type { Mariadb } from './mariadb';

/** What a database was asked, and how many transactions of it wrote. */
export interface Asked {
  readonly statements: number;
  readonly commits: number;
}

/** What the order service does by itself: claims due work, renews its lease, looks at its ways. */
const ownBeat = /SKIP LOCKED|tb_worker|SET out_trade_no = out_trade_no|UNIX_TIMESTAMP\(NOW/;
const begins = /^(START TRANSACTION|BEGIN)/i;
const ends = /^(COMMIT|ROLLBACK)/i;
const writes = /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i;

/** MariaDB's general log: every statement of a service, but for those of its own beat. */
export class StatementLog {
  private constructor(private readonly mariadb: Mariadb) {}

  /** Hears what its ordinary users ask from now on. */
  static async open(mariadb: Mariadb): Promise<StatementLog> {
    const log = new StatementLog(mariadb);
    await mariadb.run([`SET GLOBAL log_output = 'TABLE'`, 'SET GLOBAL general_log = 1']);
    await log.restart();
    return log;
  }

  async restart(): Promise<void> {
    await this.mariadb.query('TRUNCATE TABLE mysql.general_log');
  }

  /** What was asked since the start. */
  async read(): Promise<Asked> {
    const units = (await this.units()).filter((unit) => !unit.some((sql) => ownBeat.test(sql)));
    return {
      statements: units.flat().length,
      commits: units.filter((unit) => unit.some((sql) => writes.test(sql))).length,
    };
  }

  async close(): Promise<void> {
    await this.mariadb.query('SET GLOBAL general_log = 0');
  }

  /** Statements by transaction; one outside of any is one of its own. */
  private async units(): Promise<string[][]> {
    const rows = await this.mariadb.query(
      `SELECT thread_id, CONVERT(argument USING utf8mb4) AS \`sql\` FROM mysql.general_log
        WHERE command_type IN ('Query', 'Execute') AND user_host LIKE 'shop%'
        ORDER BY event_time`,
    );
    const open = new Map<unknown, string[]>();
    const units: string[][] = [];
    const leave = (thread: unknown) => {
      units.push(...(open.get(thread) ?? []).map((sql) => [sql]));
      open.delete(thread);
    };
    for (const { thread_id, sql } of rows) {
      const statement = String(sql);
      if (begins.test(statement)) leave(thread_id);
      const unit = [...(open.get(thread_id) ?? []), statement];
      open.set(thread_id, unit);
      // A connection without autocommit begins by itself.
      if (!ends.test(statement)) continue;
      units.push(unit);
      open.delete(thread_id);
    }
    for (const thread of [...open.keys()]) leave(thread);
    return units;
  }
}
