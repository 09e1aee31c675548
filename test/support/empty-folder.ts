import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tidy/tree';
import { temporaryFolder } from './folders';

const stepMsMax = 120_000;

/** Somebody else's project that has nothing yet: no package above it could help out. */
export class EmptyFolder {
  readonly path = join(temporaryFolder('package'), 'project');

  constructor() {
    mkdirSync(this.path);
    writeFileSync(join(this.path, 'package.json'), '{}');
  }

  /** Packs one of our packages and installs nothing but its tarball; gives the tarball's name. */
  add(folder: string): string {
    const pack = ['pack', '--ignore-scripts=false', '--pack-destination', this.path];
    runIn(join(projectRoot(), folder), 'npm', pack);
    const tarball = readdirSync(this.path).find((name) => name.endsWith('.tgz')) ?? '';
    this.install(tarball);
    return tarball;
  }

  install(...what: readonly string[]): void {
    this.run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...what);
  }

  /** Runs a program to its end and gives what it said; fails with all of it where it failed. */
  run(program: string, ...args: readonly string[]): string {
    return runIn(this.path, program, args);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** What the compiler says of files here, as somebody has it who is strict. */
  compile(...names: readonly string[]): void {
    const tsc = join(projectRoot(), 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022'];
    this.run(process.execPath, tsc, ...options, ...names);
  }

  /** The packages that are installed. */
  get packages(): string[] {
    const names = readdirSync(join(this.path, 'node_modules'));
    return names.filter((name) => !name.startsWith('.'));
  }

  /** The installed files' size, in kilobytes. */
  get kilobytes(): number {
    return Number(this.run('du', '-sk', 'node_modules').split('\t')[0]);
  }
}

function runIn(folder: string, program: string, args: readonly string[]): string {
  // A test that is run by a test would tell its results to that one's runner only.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { cwd: folder, env, encoding: 'utf8', timeout: stepMsMax } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}
