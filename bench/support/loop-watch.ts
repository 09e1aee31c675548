import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/folders';
import { until } from '../../test/support/until';

/** How long an event loop was held up: by whatever, and by the process's own work; milliseconds. */
export interface HeldUp {
  readonly longestMs: number;
  readonly longestOwnMs: number;
}

interface Seen extends HeldUp {
  /** The files of code that the process has read. */
  readonly files: readonly string[];
}

/** Asks services that were started with `env` how long their event loops were held up. */
export class LoopWatch {
  private readonly folder = temporaryFolder('loop');

  /** Variables of the service of this name. */
  env(name: string): Readonly<Record<string, string>> {
    const probe = join(__dirname, '..', 'processes', 'loop-probe.js');
    return { NODE_OPTIONS: `--require ${probe}`, BENCH_LOOP_FILE: this.file(name) };
  }

  /** What was seen since the last time. */
  async read(name: string, pid: number): Promise<Seen> {
    const file = this.file(name);
    rmSync(file, { force: true });
    process.kill(pid, 'SIGUSR2');
    return until(`${name} to tell of its event loop`, () => {
      return JSON.parse(readFileSync(file, 'utf8')) as Seen;
    });
  }

  private file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}
