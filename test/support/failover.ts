import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Mariadb } from './mariadb';
import { Redis } from './redis';
import type { System } from './system';

/**
 * A store changes its server, as after a planned failover: the old one lives on and takes no
 * writes, while the name leads to another one that has all its data. A server that was left is the
 * next one to come.
 */
const left = new WeakMap<System, { mariadb?: Mariadb; redis?: Redis }>();

function leftBy(system: System) {
  const servers = left.get(system) ?? {};
  left.set(system, servers);
  return servers;
}

/** The old server takes no writes from now on; nobody leads to the new one yet. */
export async function demoteDatabase({ mariadb }: System): Promise<void> {
  await mariadb?.query('SET GLOBAL read_only = 1');
}

/** The new server has everything that the old one has, and new connections lead there. */
export async function promoteDatabase(system: System): Promise<void> {
  const old = system.mariadb;
  if (!old) throw new Error('the system has no MariaDB');
  const servers = leftBy(system);
  const heir = servers.mariadb ?? (await spare(system, Mariadb.start()));
  const database = new URL(system.order.env.DATABASE_URL ?? '').pathname.slice(1);
  await heir.adopt(database);
  await copy(old.url(database), heir.url(database));
  await heir.query('SET GLOBAL read_only = 0');
  servers.mariadb = old;
  system.mariadb = heir;
  system.link('order>database').leadTo(heir.port);
}

/** The old Redis becomes a replica of the new one, which has had all its data before. */
export async function demoteRedis(system: System): Promise<void> {
  const old = system.redis;
  if (!old) throw new Error('the system has no Redis');
  const servers = leftBy(system);
  const heir = servers.redis ?? (await spare(system, Redis.start()));
  await heir.follow(old);
  await heir.follow(undefined);
  await old.follow(heir);
  servers.redis = old;
  system.redis = heir;
}

/** New connections lead to the new Redis. */
export function promoteRedis(system: System): void {
  system.link('order>redis').leadTo(system.redis?.port ?? 0);
}

async function spare<T extends Mariadb | Redis>(system: System, starting: Promise<T>): Promise<T> {
  const server = await starting;
  system.spares.push(server);
  return server;
}

/** Tables and rows, exactly as they are. */
async function copy(from: string, to: string): Promise<void> {
  const options = { dateStrings: true, supportBigNumbers: true, bigNumberStrings: true };
  const [source, target] = await Promise.all(
    [from, to].map((url) =>
      createConnection({ uri: url.replace(/^mariadb:/, 'mysql:'), ...options }),
    ),
  );
  if (!source || !target) throw new Error('no connection');
  try {
    const [tables] = await source.query<RowDataPacket[]>('SHOW TABLES');
    for (const table of tables.flatMap((row) => Object.values(row))) {
      const [made] = await source.query<RowDataPacket[]>(`SHOW CREATE TABLE ${table}`);
      await target.query(String(made[0]?.['Create Table']));
      const [rows] = await source.query<RowDataPacket[]>({
        sql: `SELECT * FROM ${table}`,
        rowsAsArray: true,
      });
      if (rows.length > 0) await target.query(`INSERT INTO ${table} VALUES ?`, [rows]);
    }
  } finally {
    source.destroy();
    target.destroy();
  }
}
