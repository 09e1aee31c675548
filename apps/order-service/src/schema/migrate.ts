import type { DataSource } from 'typeorm';
import { ttlMsDefault } from '../config';
import { isGalera, patientSource } from './connect';
import { inTurn } from './migration-turn';
import { LivesOfPayments1700000000011 } from './migrations';

/** How long one host waits while another one migrates. */
const waitSecondsMax = 60;

/**
 * Brings an open database to the current schema, and gives the names of the migrations that were
 * missing. Safe to repeat, also from many hosts at once. `ttlMs`: how long payments live that are
 * there.
 */
export async function migrate(source: DataSource, ttlMs = ttlMsDefault): Promise<string[]> {
  if (source.options.type === 'better-sqlite3') {
    tellLife(source, ttlMs);
    return namesOf(await source.runMigrations({ transaction: 'all' }));
  }
  const patient = await patientSource(source).initialize();
  tellLife(patient, ttlMs);
  // The lock belongs to one connection, so that connection is held until the end.
  const runner = patient.createQueryRunner();
  try {
    const lock = `saoma-migrate-${source.options.database}`.slice(0, 64);
    const [row] = await runner.query('SELECT GET_LOCK(?, ?) AS held', [lock, waitSecondsMax]);
    if (Number(row?.held) !== 1) throw new Error('another host is migrating this database');
    // A server commits each of these statements by itself: a transaction would promise too much.
    const work = () => patient.runMigrations({ transaction: 'none' });
    const isShared = await isGalera(patient);
    const run = await (isShared ? inTurn(runner, waitSecondsMax * 1_000, work) : work());
    await runner.query('SELECT RELEASE_LOCK(?)', [lock]);
    return namesOf(run);
  } finally {
    await runner.release();
    await patient.destroy();
  }
}

const namesOf = (run: readonly { name: string }[]) => run.map(({ name }) => name);

function tellLife({ migrations }: DataSource, ttlMs: number): void {
  for (const step of migrations) {
    if (step instanceof LivesOfPayments1700000000011) step.ttlMs = ttlMs;
  }
}
