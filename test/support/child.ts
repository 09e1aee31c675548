import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { within } from './until';

const linesMax = 200;
const living = new Set<ChildProcess>();
const killAll = () => {
  for (const process of living) process.kill('SIGKILL');
};
process.once('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

/** How a child process is begun: a program, or (fork) a script of Node with an IPC channel. */
export interface Command {
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  /** The whole environment: nothing of the tests' own gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly fork?: true;
  /** The options of Node, for a fork. */
  readonly execArgv?: readonly string[];
  /** The folder it works in, if not that of the tests. */
  readonly cwd?: string;
  /** The program that begins it, with its arguments: the entrance to another network. */
  readonly by?: readonly string[];
}

/** Hundreds of processes compile the same files; only the time that a start takes depends on it. */
const { NODE_COMPILE_CACHE } = process.env;
const compileCache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

/** A process of the tests, which never outlives them. It remembers the last lines it said. */
export class Child {
  readonly lines: string[] = [];
  private readonly process: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(private readonly command: Command) {
    const { file, args = [], cwd, by = [] } = command;
    const env = { ...compileCache, ...command.env };
    const [program = '', ...first] = [...by, command.fork ? process.execPath : file];
    const execArgv = [...first, ...(command.execArgv ?? [])];
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.process = command.fork
      ? fork(file, args, { cwd, env, stdio: [...stdio, 'ipc'], execPath: program, execArgv })
      : spawn(program, [...first, ...args], { cwd, env, stdio: [...stdio] });
    living.add(this.process);
    this.process.stdout?.on('data', (text) => this.remember(text));
    this.process.stderr?.on('data', (text) => this.remember(text));
    this.process.once('error', (error) => this.remember(String(error)));
    this.ended = once(this.process, 'close').then(([code]) => {
      living.delete(this.process);
      return code as number | null;
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves when the child says `word` over IPC; fails with its last words if it ends first. */
  async says(word: string, limitMs = 60_000): Promise<void> {
    const said = new Promise<void>((resolve) => {
      this.process.on('message', (message) => message === word && resolve());
    });
    await this.orEnds(said, limitMs);
  }

  /** `promise`, unless the child ends or `limitMs` passes before it is fulfilled. */
  async orEnds<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    const ended = this.ended.then((code): never => {
      throw new Error(`${this.command.name} ended with code ${code}:\n${this.lastWords()}`);
    });
    return within(`start of ${this.command.name}`, Promise.race([promise, ended]), limitMs);
  }

  /** Sends a signal (none if it has ended already) and gives the exit code; null: by a signal. */
  async end(signal: NodeJS.Signals, limitMs = 10_000): Promise<number | null> {
    if (this.isAlive) this.process.kill(signal);
    return within(`end of ${this.command.name}`, this.ended, limitMs);
  }

  /** The exit code of a child that is expected to end by itself. */
  async exits(limitMs = 60_000): Promise<number | null> {
    return within(`end of ${this.command.name}`, this.ended, limitMs);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Says something to a forked child over IPC; a dead one hears nothing. */
  tell(message: object | string): void {
    if (this.process.connected) this.process.send(message, () => undefined);
  }

  /** The first thing that a forked child says over IPC from now on. */
  async hears<T>(): Promise<T> {
    const [message] = await once(this.process, 'message');
    return message as T;
  }

  lastWords(count = 40): string {
    return this.lines.slice(-count).join('\n');
  }

  private remember(text: unknown): void {
    this.lines.push(...String(text).trimEnd().split('\n'));
    this.lines.splice(0, this.lines.length - linesMax);
  }
}
