import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Servers are often kept where an ordinary user's PATH does not look. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

function find(...names: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...serverFolders];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian's place for it, and that of others. */
const galeraFolders = ['/usr/lib/galera', '/usr/lib64/galera-4', '/usr/lib64/galera'];
const galeraLibrary = galeraFolders
  .map((folder) => join(folder, 'libgalera_smm.so'))
  .find((file) => existsSync(file));

/**
 * Galera sets how its threads are scheduled, to what they have already, and ends if it may not.
 * Where a sandbox refuses that, a library has to be built that says it was done.
 */
export const refusesScheduling =
  galeraLibrary !== undefined && !runs(find('chrt'), ['--other', '--pid', '0', `${process.pid}`]);

function runs(file: string | undefined, args: readonly string[]): boolean {
  return file !== undefined && spawnSync(file, args).status === 0;
}

/**
 * What the tests use of this machine beside Node. Tests of a missing part are not registered at
 * all; scripts/test.mjs says so in one line, or fails when CI=true.
 */
const machine = {
  mariadbd: find('mariadbd', 'mysqld'),
  'mariadb-install-db': find('mariadb-install-db', 'mysql_install_db'),
  mariadb: find('mariadb'),
  'mariadb-dump': find('mariadb-dump'),
  'redis-server': find('redis-server', 'valkey-server'),
  'redis-cli': find('redis-cli'),
  'libgalera_smm.so': galeraLibrary,
  rsync: find('rsync'),
  // Only there it is needed.
  gcc: refusesScheduling ? find('gcc') : 'gcc',
  nginx: find('nginx'),
  haproxy: find('haproxy'),
  bash: find('bash'),
  curl: find('curl'),
  python3: find('python3'),
  faketime: find('faketime'),
  'systemd-analyze': find('systemd-analyze'),
  promtool: find('promtool'),
  openssl: find('openssl'),
  ip: find('ip'),
  tcpdump: find('tcpdump'),
  'the right to make a network namespace': runs(find('unshare'), ['--net', 'true'])
    ? find('unshare')
    : undefined,
  chromium: find(
    'chromium-headless-shell',
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
  ),
} as const;

export type Part = keyof typeof machine;

/** The parts that were not found. */
export function missingParts(): Part[] {
  return (Object.keys(machine) as Part[]).filter((part) => machine[part] === undefined);
}

export const hasMariadb =
  machine.mariadbd !== undefined && machine['mariadb-install-db'] !== undefined;
export const hasRedis = machine['redis-server'] !== undefined;
/** What an operator types the commands of docs/operating.md with. */
export const hasClients =
  machine.mariadb !== undefined &&
  machine['mariadb-dump'] !== undefined &&
  machine['redis-cli'] !== undefined;
export const hasGalera =
  hasMariadb &&
  machine['libgalera_smm.so'] !== undefined &&
  machine.rsync !== undefined &&
  machine.gcc !== undefined;
export const hasNginx = machine.nginx !== undefined;
export const hasHaproxy = machine.haproxy !== undefined;
export const hasBash = machine.bash !== undefined;
export const hasCurl = hasBash && machine.curl !== undefined;
export const hasPython = machine.python3 !== undefined;
export const hasSystemd = machine['systemd-analyze'] !== undefined;
export const hasPromtool = machine.promtool !== undefined;
export const hasOpenssl = machine.openssl !== undefined;
export const hasNamespaces =
  machine.ip !== undefined &&
  machine.tcpdump !== undefined &&
  machine['the right to make a network namespace'] !== undefined;
export const hasFaketime = machine.faketime !== undefined;
export const hasChromium = machine.chromium !== undefined;

/** The program of a part that the caller knows to be there. */
export function program(part: Part): string {
  const file = machine[part];
  if (file === undefined) throw new Error(`${part} was not found on this machine`);
  return file;
}
