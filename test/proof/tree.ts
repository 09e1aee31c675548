import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../support/child';
import { projectRoot } from '../tidy/tree';
import type { SuiteOptions, SuiteResult } from './suite';

/** What a copy needs to be built and started. */
const parts = [
  ...['apps', 'libs', 'test', 'package.json', 'tsconfig.json', '.swcrc'],
  // Every answer and every message to the shop that a suite hears is checked against them.
  'docs/openapi.json',
  'docs/webhooks',
];
/** A suite removes what it made when it ends: a whole release with its packages, at most. */
const endMsMax = 60_000;
const crashPoint = 'apps/order-service/src/crash-point.ts';

/**
 * A copy of the project in which crash points are alive, built. Suites run inside of it, so all
 * services that they start are the copy's; nothing of it reaches the project itself.
 */
export class Tree {
  private constructor(private readonly folder: string) {}

  /** Copies the project, swaps the crash points in and builds all of it. */
  static make(): Tree {
    const root = projectRoot();
    const tree = new Tree(newFolder());
    for (const part of parts) {
      cpSync(join(root, part), join(tree.folder, part), { recursive: true });
    }
    copyFileSync(join(root, 'test/proof/lane/crash-point.ts'), join(tree.folder, crashPoint));
    symlinkSync(join(root, 'node_modules'), join(tree.folder, 'node_modules'));
    tree.build('apps', 'libs', 'test');
    return tree;
  }

  /** The project itself, as it was built: its crash points do nothing, and it has its history. */
  static project(): Tree {
    return new Tree(projectRoot());
  }

  /** Throws when a patch does not apply to the project any more. */
  static check(patch: string): void {
    Tree.project().run('git', 'apply', '--check', '--whitespace=nowarn', patch);
  }

  /** A further copy with one planted bug. Throws when the patch does not apply any more. */
  planted(bug: string): Tree {
    const patch = join(projectRoot(), 'test/proof/bugs', bug);
    const copy = new Tree(newFolder());
    cpSync(this.folder, copy.folder, { recursive: true, verbatimSymlinks: true });
    copy.run('git', 'apply', '--whitespace=nowarn', patch);
    const changed = [...readFileSync(patch, 'utf8').matchAll(/^\+\+\+ b\/(.+)$/gm)];
    copy.build(...changed.map(([, path = '']) => path));
    return copy;
  }

  /** Runs a suite inside the copy, as a process of its own. */
  async suite(name: string, options: SuiteOptions, limitMs: number): Promise<SuiteResult> {
    const child = new Child({
      name: `suite ${name}`,
      file: join(this.folder, 'dist/test/proof/run-suite.js'),
      args: [name, JSON.stringify(options)],
      env: { PATH: process.env.PATH ?? '', TZ: process.env.TZ ?? 'UTC' },
      fork: true,
    });
    try {
      return await child.orEnds(child.hears<SuiteResult>(), limitMs);
    } finally {
      await child.end('SIGTERM', endMsMax);
    }
  }

  dispose(): void {
    folders.delete(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private build(...paths: string[]): void {
    this.run(join('node_modules', '.bin', 'swc'), ...paths, '--out-dir', 'dist', '--quiet');
  }

  private run(command: string, ...args: string[]): void {
    // A repository above the temporary folder must not be taken for this one's.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
    const { status, stderr, stdout } = spawnSync(command, args, {
      cwd: this.folder,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`);
  }
}

const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-proof-'));
  folders.add(folder);
  return folder;
}
