import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Child, type Command } from './child';
import { moveUnlessThere, temporaryFolder } from './folders';
import { program, refusesScheduling } from './machine';
import { copyEmptyData, Mariadb } from './mariadb';
import { freePorts } from './ports';
import { until } from './until';

/** Data of a cluster that has ended cleanly: copies of it join each other without a transfer. */
const template = join(__dirname, 'galera-template');
/** A node that is gone without a word is left out after this, not only after Galera's 5 to 15 s. */
const detection = [
  'evs.keepalive_period=PT0.5S',
  'evs.inactive_check_period=PT0.5S',
  'evs.suspect_timeout=PT3S',
  'evs.inactive_timeout=PT6S',
  'evs.install_timeout=PT6S',
];
const synced = '4';
/** For the scripts by which one node copies the data of another. */
const path = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

interface Ports {
  readonly sql: number;
  readonly group: number;
  /** Where a node that comes back is sent what it has missed, or everything. */
  readonly missed: number;
  readonly everything: number;
}

/** One server of a cluster: whatever a MariaDB can do, and what becomes of it among the others. */
export class GaleraNode extends Mariadb {
  constructor(
    folder: string,
    private readonly ports: Ports,
    private readonly groupPorts: readonly number[],
  ) {
    super(folder, ports.sql);
  }

  /** Starts it with data that ended cleanly; resolves when it has all that the others have. */
  begin(more: readonly string[] = []): Promise<void> {
    return super.restart([...this.cluster, ...more]);
  }

  /** Starts it again, also after it was killed: it is sent what it has missed. */
  override async restart(more: readonly string[] = []): Promise<void> {
    await this.begin([...(await this.position()), ...more]);
  }

  /** Starts it with no data: another node, which is desynced meanwhile, copies all of its own. */
  async restartEmpty(): Promise<void> {
    rmSync(join(this.folder, 'data'), { recursive: true });
    copyEmptyData(this.folder);
    giveAway(this.folder);
    await this.begin();
  }

  /** Ends it as an operator does: it takes leave of the others. */
  async end(): Promise<void> {
    await this.child?.end('SIGTERM', 30_000);
  }

  /** What SHOW STATUS says of `wsrep_...`; fails while it does not answer. */
  async status(name: string): Promise<string> {
    const [row] = await this.query(`SHOW GLOBAL STATUS LIKE 'wsrep_${name}'`);
    return String(row?.Value ?? '');
  }

  /** Whether it has all that the others have, and may be written to. */
  async isSynced(): Promise<boolean> {
    return (await this.status('local_state')) === synced;
  }

  /** Falls behind the others as a donor or a node in a backup does: it still takes writes. */
  async desync(isWished: boolean): Promise<void> {
    await this.query(`SET GLOBAL wsrep_desync = ${isWished ? 'ON' : 'OFF'}`);
  }

  async readOnly(isWished: boolean): Promise<void> {
    await this.query(`SET GLOBAL read_only = ${isWished ? 1 : 0}`);
  }

  /** What the others commit is written here only when it is let go again, by what this gives. */
  async holdBack(): Promise<() => Promise<void>> {
    const connection = await createConnection({ host: '127.0.0.1', port: this.port, user: 'root' });
    await connection.query('FLUSH TABLES WITH READ LOCK');
    return async () => {
      await connection.query('UNLOCK TABLES');
      await connection.end();
    };
  }

  /**
   * Cuts it off from the other nodes, not from its clients: once it has noticed, it answers every
   * statement by 1047, "WSREP has not yet prepared node for application use".
   */
  async cutOff(isWished: boolean): Promise<void> {
    await this.query(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${isWished ? 1 : 0}'`);
  }

  protected override async isReady(): Promise<boolean> {
    return this.isSynced();
  }

  protected override command(more: readonly string[]): Command {
    return { ...super.command(more, asMysql()), env: { ...path, ...preload() } };
  }

  private get cluster(): string[] {
    const { group, missed, everything } = this.ports;
    const peers = this.groupPorts.map((port) => `127.0.0.1:${port}`);
    const provider = [
      `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
      `ist.recv_addr=127.0.0.1:${missed}`,
      'gcache.size=16M',
      ...detection,
    ];
    return [
      '--wsrep-on=ON',
      `--wsrep-provider=${program('libgalera_smm.so')}`,
      `--wsrep-cluster-address=gcomm://${peers.join(',')}`,
      `--wsrep-node-address=127.0.0.1:${group}`,
      `--wsrep-node-name=${this.port}`,
      '--wsrep-sst-method=rsync',
      `--wsrep-sst-receive-address=127.0.0.1:${everything}`,
      `--wsrep-provider-options=${provider.join(';')}`,
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
    ];
  }

  /** Where in the cluster's history its data stands. One that was killed has to look for that. */
  private async position(): Promise<string[]> {
    const looking = new Child(this.command([...this.cluster, '--wsrep-recover']));
    await looking.exits();
    const found = /Recovered position: (\S+:-?\d+)/.exec(looking.lines.join('\n'))?.[1];
    return found === undefined ? [] : [`--wsrep-start-position=${found}`];
  }
}

/** Three nodes that all take writes. */
export class Galera {
  private databases = 0;

  private constructor(readonly nodes: readonly [GaleraNode, GaleraNode, GaleraNode]) {}

  /** A cluster of one node, of which no other cluster is a part. */
  static async single(folder = temporaryFolder('galera')): Promise<GaleraNode> {
    copyEmptyData(folder);
    giveAway(folder);
    const ports = await drawPorts();
    const node = new GaleraNode(folder, ports, [ports.group]);
    await node.begin(['--wsrep-new-cluster']);
    return node;
  }

  static async start(): Promise<Galera> {
    if (!existsSync(template)) await makeTemplate();
    const ports = [await drawPorts(), await drawPorts(), await drawPorts()] as const;
    const groupPorts = ports.map(({ group }) => group);
    const [first, ...others] = ports;
    const node = (own: Ports, index: number) =>
      new GaleraNode(copyTemplate(index), own, groupPorts);
    const nodes = [node(first, 0), node(others[0], 1), node(others[1], 2)] as const;
    await Promise.all(nodes.map((each) => each.begin()));
    return new Galera([...nodes]);
  }

  /** For DATABASE_URL: an ordinary user on these nodes, the preferred one first. */
  url(database: string, nodes: readonly Pick<GaleraNode, 'port'>[] = this.nodes): string {
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
    return `mariadb://shop@${hosts.join(',')}/${database}`;
  }

  /** Makes an empty database and its user `shop`, on all nodes, and gives its name. */
  async newDatabase(): Promise<string> {
    this.databases += 1;
    const name = `saoma_${this.databases}`;
    await this.nodes[0].adopt(name);
    // The others write down what one has taken when they come to it, and no sign-in waits for it.
    await until(`shop to be let into ${name} on all nodes`, async () => {
      for (const node of this.nodes) await node.query('SELECT 1', { database: name, user: 'shop' });
      return true;
    });
    return name;
  }

  /** Whether all nodes are synced, and know each other: one that was frozen does not at once. */
  async isWhole(): Promise<boolean> {
    const views = await Promise.all(
      this.nodes.map(async (node) => (await node.isSynced()) && node.status('cluster_conf_id')),
    );
    return views[0] !== false && views.every((view) => view === views[0]);
  }

  /** Their rows are thrown away. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

async function drawPorts(): Promise<Ports> {
  const [sql = 0, group = 0, missed = 0, everything = 0] = await freePorts(4);
  return { sql, group, missed, everything };
}

/**
 * Its data, and the memory of having been one of three nodes when they all ended at once: as soon
 * as the three meet they go on, which is quicker than that they join each other one by one.
 */
function copyTemplate(index: number): string {
  const folder = temporaryFolder('galera');
  cpSync(template, join(folder, 'data'), { recursive: true });
  const members = [1, 2, 3].map((each) => `0000000${each}-0000-11f0-8000-000000000000`);
  const view = [
    `my_uuid: ${members[index]}`,
    '#vwbeg',
    `view_id: 3 ${members[0]} 3`,
    'bootstrap: 0',
    ...members.map((member) => `member: ${member} 0`),
    '#vwend',
  ];
  writeFileSync(join(folder, 'data', 'gvwstate.dat'), `${view.join('\n')}\n`);
  giveAway(folder);
  return folder;
}

/**
 * Whoever is first makes it for all, also while others are at it. The build may lie where only its
 * owner may look, so the node has its data elsewhere meanwhile.
 */
async function makeTemplate(): Promise<void> {
  const home = temporaryFolder('galera');
  const node = await Galera.single(home);
  await node.end();
  // They speak of nodes that are no more.
  for (const name of ['galera.cache', 'gvwstate.dat']) {
    rmSync(join(home, 'data', name), { force: true });
  }
  const folder = mkdtempSync(`${template}-`);
  cpSync(join(home, 'data'), join(folder, 'data'), { recursive: true });
  try {
    moveUnlessThere(join(folder, 'data'), template);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

const isRoot = process.getuid?.() === 0;

/** As root rsync would read as nobody, so it all belongs to the user of the Debian package. */
function asMysql(): string[] {
  return isRoot ? ['--user=mysql'] : [];
}

function giveAway(folder: string): void {
  if (!isRoot) return;
  const { status, stderr } = spawnSync('chown', ['-R', 'mysql:', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the user mysql does not get ${folder}: ${stderr}`);
}

let library: string | undefined;

/** The environment in which Galera starts where it may not set how its threads are scheduled. */
function preload(): Record<string, string> {
  if (!refusesScheduling) return {};
  library ??= buildLibrary();
  return { LD_PRELOAD: library };
}

function buildLibrary(): string {
  const folder = temporaryFolder('scheduling');
  giveAway(folder);
  const [source, built] = [join(folder, 'scheduling.c'), join(folder, 'scheduling.so')];
  writeFileSync(source, 'int pthread_setschedparam() { return 0; }\n');
  const compile = ['-shared', '-fPIC', '-o', built, source];
  const { status, stderr } = spawnSync(program('gcc'), compile, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the library for Galera was not built: ${stderr}`);
  return built;
}
