import { ConfigError } from '@saoma/platform/config';
import { createLog, useNestLog } from '@saoma/platform/log';
import { MigrationConfig } from './config';
import { close, dataSource, open, refusalOf } from './schema/connect';
import { migrate } from './schema/migrate';

/** `npm run migrate`: brings DATABASE_URL to the current schema, and says what it did. */
async function main(): Promise<void> {
  const { DATABASE_URL, DATABASE_CA, LOG_LEVEL, PAY_LOG_TTL_MS } = new MigrationConfig();
  const log = createLog('migrate', LOG_LEVEL);
  useNestLog(log);
  const source = await open(dataSource(DATABASE_URL, DATABASE_CA));
  const migrations = await migrate(source, PAY_LOG_TTL_MS);
  await close(source);
  const { type, database } = source.options;
  log.info({ type, database, migrations }, 'the database is at the current schema');
}

main().catch((error: Error) => {
  const { message } = error instanceof ConfigError ? error : refusalOf(error);
  process.stderr.write(`migrate: ${message}\n`);
  process.exitCode = 1;
});
