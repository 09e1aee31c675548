import { hasMariadb, hasRedis } from '../../test/support/machine';
import { Mariadb } from '../../test/support/mariadb';
import { Redis } from '../../test/support/redis';

export interface Stores {
  readonly mariadb: Mariadb;
  readonly redis: Redis;
}

/** A commit is on the disk before anybody is told of it. */
const durable = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-flush-method=fsync',
  '--innodb-log-file-size=256M',
  '--skip-debug-no-sync',
];

/** Runs `work` with a MariaDB and a Redis of its own. `more`: options of MariaDB. */
export async function withStores<T>(
  work: (stores: Stores) => Promise<T>,
  more: readonly string[] = [],
): Promise<T> {
  if (!hasMariadb || !hasRedis) throw new Missing('MariaDB or Redis was not found');
  const [mariadb, redis] = await Promise.all([Mariadb.start([...durable, ...more]), Redis.start()]);
  try {
    return await work({ mariadb, redis });
  } finally {
    await Promise.all([mariadb.stop(), redis.stop()]);
  }
}

/** Something that this table needs is not on this machine. */
export class Missing extends Error {}
