import { after, before, describe } from 'node:test';
import type { DataSource, Logger } from 'typeorm';
import { atEnd } from '../../../../test/support/at-end';
import { Galera, type GaleraNode } from '../../../../test/support/galera';
import { hasGalera } from '../../../../test/support/machine';
import { MigrationConfig } from '../config';
import { Database } from '../database/database';
import { dataSource, open } from './connect';
import { migrate } from './migrate';

/** Databases on the nodes of one Galera cluster, for all tests of a process. */
export class ClusterBench {
  private cluster: Galera | undefined;
  private readonly opened: DataSource[] = [];

  get galera(): Galera {
    if (!this.cluster) throw new Error('the cluster has not begun');
    return this.cluster;
  }

  async start(): Promise<void> {
    this.cluster ??= await Galera.start();
  }

  /** Closes what was opened since the last time. */
  async close(): Promise<void> {
    for (const source of this.opened.splice(0)) if (source.isInitialized) await source.destroy();
  }

  async stop(): Promise<void> {
    await this.cluster?.stop();
  }

  /** The connections of one order service, to the nodes in the order in which it prefers them. */
  async source(
    name: string,
    nodes: readonly Pick<GaleraNode, 'port'>[],
    logger?: Logger,
  ): Promise<DataSource> {
    const DATABASE_URL = this.galera.url(name, nodes);
    const source = dataSource(
      new MigrationConfig({ DATABASE_URL }).DATABASE_URL,
      undefined,
      logger,
    );
    this.opened.push(source);
    return open(source);
  }

  /** A new database with the current schema. */
  async newDatabase(): Promise<string> {
    const name = await this.galera.newDatabase();
    await migrate(await this.source(name, this.galera.nodes));
    return name;
  }

  /** The name of the database that was made last. */
  name = '';

  /** The same new database from three order services, each of which prefers a node of its own. */
  async threeWays(): Promise<[Database, Database, Database]> {
    this.name = await this.newDatabase();
    const { name } = this;
    const way = async (node: GaleraNode) => new Database(await this.source(name, [node]));
    const [first, second, third] = this.galera.nodes;
    return Promise.all([way(first), way(second), way(third)]);
  }
}

const bench = new ClusterBench();
atEnd(() => bench.stop());

/** Registers tests on a Galera cluster, if this machine can have one. */
export function onCluster(name: string, tests: (bench: ClusterBench) => void): void {
  if (!hasGalera) return;
  describe(`${name}, on a cluster`, () => {
    before(() => bench.start());
    after(() => bench.close());
    tests(bench);
  });
}
