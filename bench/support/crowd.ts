import { readFileSync } from 'node:fs';
import type { Child } from '../../test/support/child';
import type { OpenTask, Told } from '../processes/waiters';
import { have, startProcess } from './load';
import { authSecret } from './shop';

/** A user has so many places, so a crowd of operators is so many times smaller. */
const placesPerUser = 20;
/** Files that a process needs for other things than waiters. */
const otherFiles = 100;

/** How many sockets one process may have open; what is wanted, if there is no such limit. */
export function socketsMax(wanted: number): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const limit = /^Max open files\s+([0-9]+)/m.exec(text)?.[1];
  return Math.min(wanted, Number(limit ?? wanted) - otherFiles);
}

/** A process full of waiting payers. */
export class Crowd {
  private constructor(private readonly process: Child) {}

  static async start(): Promise<Crowd> {
    return new Crowd(await startProcess({ name: 'waiters' }));
  }

  /** All of them wait when this resolves. */
  async enter(crowd: Omit<OpenTask, 'kind' | 'secret' | 'operators'>, as: 'owners' | 'operators') {
    const operators = as === 'owners' ? null : Math.ceil(crowd.count / placesPerUser);
    await have(this.process, { kind: 'open', secret: authSecret, operators, ...crowd });
  }

  /** Resolves when all are told. Ask before what they wait for happens. */
  told(): Promise<Told> {
    return have<Told>(this.process, { kind: 'told' });
  }

  async leave(): Promise<void> {
    await have(this.process, { kind: 'close' });
  }

  async stop(): Promise<void> {
    await this.process.end('SIGTERM');
  }
}
