import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/folders';
import { projectRoot } from '../../tidy/tree';

/** A version that shops have, as CHANGELOG.md tells of it. */
export interface Release {
  readonly version: string;
  /** The folder that it was built into. */
  readonly build: string;
}

/** How CHANGELOG.md begins to tell of a release, the latest one first. */
const releaseWords = /^## ([0-9.]+) - [0-9-]+\n\nTag `v\1`, commit `([0-9a-f]{40})`\.$/m;
const installMsMax = 300_000;

/** Takes the latest release out of the history, and builds it beside this one. */
export function latestRelease(): Release {
  const root = projectRoot();
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const [, version, commit] = releaseWords.exec(text) ?? [];
  if (!version || !commit) throw new Error('CHANGELOG.md names no release and its commit');
  const folder = temporaryFolder(`release-${version}`);
  const archive = join(folder, 'release.tar');
  run(root, 'git', 'archive', '--output', archive, commit);
  run(folder, 'tar', '-xf', archive);
  givePackages(root, folder);
  run(folder, join('node_modules', '.bin', 'swc'), 'apps', 'libs', '--out-dir', 'dist', '--quiet');
  return { version, build: join(folder, 'dist') };
}

/** Ours, if they are the same. */
function givePackages(root: string, folder: string): void {
  const [ours, theirs] = [root, folder].map((each) => packagesOf(each));
  if (ours === theirs) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  else run(folder, 'npm', 'ci', '--silent');
}

/** What is installed; the version of Saoma itself does not matter. */
function packagesOf(folder: string): string {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  delete packages['']?.version;
  return JSON.stringify(packages);
}

function run(cwd: string, command: string, ...args: string[]): void {
  const options = { cwd, encoding: 'utf8', timeout: installMsMax } as const;
  const { status, stderr, stdout } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`);
}
