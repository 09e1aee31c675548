import { Child } from '../../support/child';
import type { Trap } from './crash-point';

type Environment = Readonly<Record<string, string>>;

const file = require.resolve('./standby');
/** On a crowded machine a process needs long to load. */
const startMsMax = 60_000;

/** One order service that can be made to die, or wait, at a crash point. */
class OrderProcess {
  private readonly child: Child;
  private readonly warm: Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<number | null>;

  constructor(env: Environment) {
    this.child = new Child({ name: 'order-service', file, env, fork: true });
    this.warm = this.child.says('warm', startMsMax);
    // A failure is told to the code that waits for the start, and until then to nobody.
    this.warm.catch(() => undefined);
    this.ended = this.child.exits(600_000);
    this.ended.catch(() => undefined);
  }

  get isAlive(): boolean {
    return this.child.isAlive;
  }

  async start(trap?: Trap): Promise<void> {
    await this.warm;
    if (trap) this.arm(trap);
    const ready = this.child.says('ready', startMsMax);
    this.child.tell('start');
    await ready;
  }

  /** `null` disarms. A process that waits in a trap is released by `goOn`. */
  arm(trap: Trap | null): void {
    this.child.tell({ trap });
  }

  /** Resolves when the process waits at this moment. */
  at(moment: string, limitMs: number): Promise<void> {
    return this.child.says(`at ${moment}`, limitMs);
  }

  goOn(): void {
    this.child.tell('go on');
  }

  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    return this.child.end(signal);
  }

  /** The last lines of its log. */
  get log(): readonly string[] {
    return this.child.lines;
  }

  lastWords(): string {
    return this.child.lastWords(15);
  }
}

/**
 * The order service of a lane, one process after the other. The next one is always loaded already,
 * so that it starts in a moment when the one before has died.
 */
export class OrderService {
  private current: OrderProcess;
  private spare: OrderProcess;
  private words = '';

  constructor(private readonly env: Environment) {
    this.current = new OrderProcess(env);
    this.spare = new OrderProcess(env);
  }

  get process(): OrderProcess {
    return this.current;
  }

  get isAlive(): boolean {
    return this.current.isAlive;
  }

  start(): Promise<void> {
    return this.current.start();
  }

  /** After the current one has died: the spare takes its place. It may die while it starts. */
  async startNext(trap?: Trap): Promise<void> {
    this.words = this.current.lastWords();
    this.current = this.spare;
    this.spare = new OrderProcess(this.env);
    const { current } = this;
    await Promise.race([current.start(trap), current.ended]);
  }

  /** SIGTERM to the current one, and what it exits with. The next must be started. */
  stopCurrent(): Promise<number | null> {
    return this.current.end('SIGTERM');
  }

  /** The last lines of the process before, and of this one. */
  lastWords(): string {
    return `${this.words}\n--- then\n${this.current.lastWords()}`;
  }

  async end(): Promise<void> {
    await Promise.all([this.current.end('SIGKILL'), this.spare.end('SIGKILL')]);
  }
}
