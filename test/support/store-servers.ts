import { atEnd } from './at-end';
import { Galera } from './galera';
import { Mariadb } from './mariadb';
import { Redis } from './redis';
import { Sentinel } from './sentinel';

/** Where the order service keeps its rows and what it shares. */
export type Stores = 'sqlite' | 'mariadb+redis' | 'galera+sentinel';

/** Of several servers the first ones; what stands over them is there besides. */
export interface StoreServers {
  readonly mariadb?: Mariadb;
  readonly redis?: Redis;
  readonly galera?: Galera;
  readonly sentinel?: Sentinel;
}

const starts: Readonly<Record<Stores, () => Promise<StoreServers>>> = {
  sqlite: async () => ({}),
  'mariadb+redis': async () => {
    const [mariadb, redis] = await Promise.all([Mariadb.start(), Redis.start()]);
    return { mariadb, redis };
  },
  'galera+sentinel': async () => {
    const [galera, sentinel] = await Promise.all([Galera.start(), Sentinel.start()]);
    const [mariadb] = galera.nodes;
    const [redis] = sentinel.servers;
    return { mariadb, galera, sentinel, ...(redis && { redis }) };
  },
};

export const startServers = (stores: Stores) => starts[stores]();

export async function stopServers(servers: StoreServers): Promise<void> {
  const { mariadb, redis, galera, sentinel } = servers;
  const all = [galera ?? mariadb, sentinel ?? redis];
  await Promise.all(all.map((each) => each?.stop()));
}

const shared = new Map<Stores, Promise<StoreServers>>();

/** The same servers for all systems of a file, begun when the first one needs them. */
export function storeServers(stores: Stores): Promise<StoreServers> {
  const servers = shared.get(stores) ?? startServers(stores);
  shared.set(stores, servers);
  return servers;
}
atEnd(() => Promise.all([...shared.values()].map(async (each) => stopServers(await each))));
