import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './folders';
import { program } from './machine';
import { until } from './until';

const wasSet = /the clock was set by/;
/** So long it takes at most until a process has noticed. */
const noticeSeconds = 1;

interface Clocked {
  readonly log: readonly string[];
  readonly isAlive: boolean;
}

/** A wall clock of the tests' own, for processes that are started with its `env`. */
export class WallClock {
  /** How far it is ahead of the machine's. */
  aheadMs = 0;
  readonly env: Readonly<Record<string, string>>;
  private readonly file: string;

  constructor() {
    const folder = temporaryFolder('clock');
    this.file = join(folder, 'ahead');
    this.set(0);
    this.env = {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_CACHE_DURATION: String(noticeSeconds),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Shared memory outlives a process that is killed, and stops the next one of its number.
      FAKETIME_DISABLE_SHM: '1',
    };
  }

  /** Sets it to this moment, and waits until those of these that live have noticed. */
  async turnTo(ms: number, processes: readonly Clocked[]): Promise<void> {
    const latest = ({ log }: Clocked) => log.filter((line) => wasSet.test(line)).at(-1);
    const before = processes.map(latest);
    this.set(ms - Date.now());
    await until('the clock to be noticed', () =>
      processes.every((each, index) => !each.isAlive || latest(each) !== before[index]),
    );
  }

  /** Sets it; running processes find their clock set a moment later. */
  set(aheadMs: number): void {
    this.aheadMs = aheadMs;
    const seconds = aheadMs / 1_000;
    // Whoever looks at this very moment finds the whole of the one or the other.
    writeFileSync(`${this.file}.next`, `${seconds < 0 ? '' : '+'}${seconds}`);
    renameSync(`${this.file}.next`, this.file);
  }
}

/**
 * What is loaded before the libraries of a program with threads: without its lock two of them that
 * read the file at once can leave the old time standing. The command `faketime` would name it, but
 * its shared memory sometimes stays, and then the next one of that process number fails.
 */
function library(): string {
  const path = join(dirname(program('faketime')), '../$LIB/faketime/libfaketimeMT.so.1');
  const { stderr } = spawnSync('/bin/true', { env: { LD_PRELOAD: path }, encoding: 'utf8' });
  // The loader goes on without what it does not find.
  assert.equal(stderr, '');
  return path;
}
