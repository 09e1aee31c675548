import { isDeepStrictEqual } from 'node:util';
import { ask } from '../../support/http';
import type { System } from '../../support/system';
import { until } from '../../support/until';
import { safety, told } from '../invariants/oracle';
import type { Snapshot } from '../invariants/snapshot';
import type { Town } from '../soak/town';

const wholeMsMax = 60_000;
const agreeMsMax = 20_000;
const untold = ['tb_worker', 'tb_migration'];

/** Every node has what the others have, Redis its replicas, and both gateways say that they can. */
export async function untilWhole(system: System): Promise<void> {
  const { galera, sentinel, gateways } = system;
  await until('the cluster to be whole', () => galera?.isWhole(), wholeMsMax);
  await sentinel?.untilWhole();
  const isReady = async (_: unknown, at: number) =>
    (await ask('GET', `${system.url(at)}/health/ready`, { limitMs: 5_000 })).status === 200;
  const areReady = async () => (await Promise.all(gateways.map(isReady))).every(Boolean);
  await until('both gateways to be ready', areReady, wholeMsMax);
}

function nodesOf({ galera }: System) {
  if (!galera) throw new Error('the system has no cluster');
  return galera.nodes;
}

/** What is unsafe in the books, as each node has them. */
export async function unsafe(town: Town): Promise<string[]> {
  const broken: string[] = [];
  for (const [at, node] of nodesOf(town.system).entries()) {
    const found = safety(await town.books(node));
    broken.push(...found.map((each) => `at node ${at}: ${told(each)}`));
  }
  return broken;
}

/** Resolves when all nodes have the same rows of these payments. */
export async function agree(town: Town, numbers: readonly string[]): Promise<void> {
  await until(
    `three nodes to agree on ${numbers.length} payments`,
    async () => {
      const nodes = nodesOf(town.system);
      const all = await Promise.all(nodes.map((node) => town.books(node, numbers)));
      const [first, ...others] = all.map(rowsOf);
      return others.every((each) => isDeepStrictEqual(each, first));
    },
    agreeMsMax,
  );
}

/** In any order. */
function rowsOf({ rows }: Snapshot): string[][] {
  return Object.values(rows).map((table) => table.map((row) => JSON.stringify(row)).sort());
}

/** Resolves when every table is the same at all nodes. */
export async function agreeOnAll({ system }: Town): Promise<void> {
  const [database = ''] = /[^/]+$/.exec(system.order.env.DATABASE_URL ?? '') ?? [];
  const sums = async (node: ReturnType<typeof nodesOf>[number]) => {
    const found = await node.query('SHOW TABLES', { database });
    const tables = found.flatMap((row) => Object.values(row).map(String));
    const kept = tables.filter((table) => !untold.includes(table)).join();
    const caughtUp = 'SET SESSION wsrep_sync_wait = 7';
    return node.run([caughtUp, `CHECKSUM TABLE ${kept}`], { database });
  };
  await until(
    'three nodes to have the same tables',
    async () => {
      const [first, ...others] = await Promise.all(nodesOf(system).map(sums));
      return others.every((each) => isDeepStrictEqual(each, first));
    },
    agreeMsMax,
  );
}
