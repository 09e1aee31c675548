import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Mariadb } from '../../test/support/mariadb';

/** What a MariaDB has done, of everybody's. */
export interface Work {
  readonly statements: number;
  /** Transactions that wrote, however they were sent: each is one wait for the disk. */
  readonly commits: number;
}

/** MariaDB's own counters, without what reading them costs. */
export class Counters {
  private ownStatements = 0;

  private constructor(private readonly connection: Connection) {}

  static async open(mariadb: Mariadb): Promise<Counters> {
    const uri = mariadb.url('').replace('mariadb:', 'mysql:');
    const counters = new Counters(await createConnection({ uri }));
    await counters.connection.query(`SET GLOBAL innodb_monitor_enable = 'trx_rw_commits'`);
    const first = await counters.read();
    counters.ownStatements = (await counters.read()).statements - first.statements;
    return counters;
  }

  async read(): Promise<Work> {
    const [rows] = await this.connection.query<RowDataPacket[]>(
      `SELECT VARIABLE_VALUE AS n FROM information_schema.GLOBAL_STATUS
        WHERE VARIABLE_NAME = 'QUESTIONS'
        UNION ALL SELECT COUNT FROM information_schema.INNODB_METRICS
        WHERE NAME = 'trx_rw_commits'`,
    );
    const [statements, commits] = rows.map(({ n }) => Number(n));
    return { statements: statements ?? Number.NaN, commits: commits ?? Number.NaN };
  }

  /** What was done from one reading to the next. */
  between(before: Work, after: Work): Work {
    return {
      statements: after.statements - before.statements - this.ownStatements,
      commits: after.commits - before.commits,
    };
  }

  async close(): Promise<void> {
    await this.connection.end();
  }
}
