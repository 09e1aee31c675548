import { atEnd } from './at-end';
import { Mariadb } from './mariadb';
import { Redis } from './redis';

interface StoreServers {
  readonly mariadb: Mariadb;
  readonly redis: Redis;
}
export async function startServers(): Promise<StoreServers> {
  const [mariadb, redis] = await Promise.all([Mariadb.start(), Redis.start()]);
  return { mariadb, redis };
}

let servers: Promise<StoreServers> | undefined;

/** One MariaDB and one Redis for all systems of a file, begun when the first one needs them. */
export function storeServers(): Promise<StoreServers> {
  servers ??= startServers();
  return servers;
}
atEnd(async () => {
  const started = await servers;
  await Promise.all([started?.mariadb.stop(), started?.redis.stop()]);
});
