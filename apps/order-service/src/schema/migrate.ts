import type { DataSource } from 'typeorm';
import { patientSource } from './connect';

/** How long one host waits while another one migrates. */
const waitSecondsMax = 60;

/**
 * Brings an open database to the current schema, and gives the names of the migrations that were
 * missing. Safe to repeat, also from many hosts at once.
 */
export async function migrate(source: DataSource): Promise<string[]> {
  if (source.options.type === 'better-sqlite3') {
    return namesOf(await source.runMigrations({ transaction: 'all' }));
  }
  const patient = await patientSource(source).initialize();
  // The lock belongs to one connection, so that connection is held until the end.
  const runner = patient.createQueryRunner();
  try {
    const lock = `saoma-migrate-${source.options.database}`.slice(0, 64);
    const [row] = await runner.query('SELECT GET_LOCK(?, ?) AS held', [lock, waitSecondsMax]);
    if (Number(row?.held) !== 1) throw new Error('another host is migrating this database');
    // A server commits each of these statements by itself: a transaction would promise too much.
    const run = await patient.runMigrations({ transaction: 'none' });
    await runner.query('SELECT RELEASE_LOCK(?)', [lock]);
    return namesOf(run);
  } finally {
    await runner.release();
    await patient.destroy();
  }
}

const namesOf = (run: readonly { name: string }[]) => run.map(({ name }) => name);
