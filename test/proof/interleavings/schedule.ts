import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * An actor that has not come to its next gate by then, while another one stands where it holds a
 * lock, waits for that lock.
 */
const blockedMs = 60;
/** Where nobody holds anything an actor is only slow. */
const slowMsMax = 5_000;
const raceMsMax = 20_000;
const stepsMax = 200;

/** Moments after which locks are free again, so that whoever waited for them goes on. */
const freesLocks = /\.(committed|kept|accepted|saved|wished)$/;

/** Moments at which a row is locked, or the right to ask for a code is held. */
const holding = [
  'settle.locked',
  'close.locked',
  'refund.locked',
  'code.claimed',
  'open.precommit',
];

type State = 'running' | 'waiting' | 'blocked' | 'done';

/** Picks which of `count` waiting actors goes on next. */
export type Choose = (count: number) => number;

const current = new AsyncLocalStorage<Actor>();

/** One of the racing pieces of the product, held at its gates until it is released. */
class Actor {
  state: State = 'running';
  moment = 'start';
  error: unknown;
  private goOn: () => void = () => undefined;

  constructor(
    readonly name: string,
    private readonly race: Race,
  ) {}

  begin(work: () => Promise<unknown>): void {
    current.run(this, async () => {
      try {
        await this.arrive('start');
        await work();
      } catch (error) {
        this.error = error;
      } finally {
        this.state = 'done';
        this.race.wake();
      }
    });
  }

  async arrive(moment: string): Promise<void> {
    this.moment = moment;
    this.state = 'waiting';
    const released = new Promise<void>((resolve) => {
      this.goOn = resolve;
    });
    this.race.wake();
    await released;
  }

  release(): void {
    this.state = 'running';
    this.goOn();
  }
}

/** The gate that every crash point awaits: only the actors of a race are held, at their cuts. */
export async function gate(moment: string): Promise<void> {
  const actor = current.getStore();
  if (actor && isCut(moment)) await actor.arrive(moment);
}

/** Between these nothing happens that another connection can see. */
const unseen = ['settle.orders', 'settle.precommit', 'close.precommit', 'refund.precommit'];
const isCut = (moment: string) => !unseen.includes(moment);

/** Lets actors go on one at a time, in an order that `choose` picks. */
export class Race {
  readonly trace: string[] = [];
  private readonly actors: Actor[];
  private wakeUp: () => void = () => undefined;

  constructor(works: Readonly<Record<string, () => Promise<unknown>>>) {
    this.actors = Object.keys(works).map((name) => new Actor(name, this));
    for (const actor of this.actors) actor.begin(works[actor.name] as () => Promise<unknown>);
  }

  /** What each actor failed with, by its name. */
  get errors(): Record<string, unknown> {
    const failed = this.actors.filter(({ error }) => error !== undefined);
    return Object.fromEntries(failed.map(({ name, error }) => [name, error]));
  }

  wake(): void {
    this.wakeUp();
  }

  /** Runs to the end. `between` is called once, at the step that it names. */
  async run(choose: Choose, between: { step: number; look: () => Promise<void> }): Promise<void> {
    const deadline = Date.now() + raceMsMax;
    for (let step = 0; step < stepsMax && Date.now() < deadline; step += 1) {
      await this.settle();
      const waiting = this.actors.filter(({ state }) => state === 'waiting');
      if (waiting.length === 0) {
        if (this.actors.every(({ state }) => state === 'done')) return;
        await this.news(blockedMs);
        continue;
      }
      if (step === between.step) await between.look();
      const actor = waiting[choose(waiting.length)] ?? waiting[0];
      if (!actor) throw new Error('nobody was chosen');
      this.trace.push(`${actor.name}@${actor.moment}`);
      actor.release();
      await this.whileRunning(actor);
      if (actor.state === 'done' || freesLocks.test(actor.moment)) this.unblock();
    }
    if (this.actors.some(({ state }) => state !== 'done')) {
      throw new Error(`the race did not end: ${this.trace.join(' ')}`);
    }
  }

  /** An actor that was blocked may be free now, and is waited for again. */
  private unblock(): void {
    for (const actor of this.actors) if (actor.state === 'blocked') actor.state = 'running';
  }

  private async settle(): Promise<void> {
    for (const actor of this.actors) await this.whileRunning(actor);
  }

  private async whileRunning(actor: Actor): Promise<void> {
    const begunMs = Date.now();
    while (actor.state === 'running') {
      // Somebody else may have come to hold a lock meanwhile.
      const limitMs = this.isHeldUp(actor) ? blockedMs : slowMsMax;
      const leftMs = begunMs + limitMs - Date.now();
      if (leftMs <= 0) actor.state = 'blocked';
      else await this.news(leftMs);
    }
  }

  private isHeldUp(actor: Actor): boolean {
    return this.actors.some(
      (other) => other !== actor && other.state === 'waiting' && holding.includes(other.moment),
    );
  }

  private async news(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }
}

/** Goes through every order of choices, one after the other, depth first. */
export class EveryOrder {
  private path: number[] = [];
  private widths: number[] = [];
  private depth = 0;

  /** Makes the choices of the present order. */
  readonly choose: Choose = (count) => {
    const picked = Math.min(this.path[this.depth] ?? 0, count - 1);
    this.path[this.depth] = picked;
    this.widths[this.depth] = count;
    this.depth += 1;
    return picked;
  };

  /** The choices made so far in this order. */
  get choices(): readonly number[] {
    return this.path.slice(0, this.depth);
  }

  /** Goes on to the next order; false when all have been. */
  next(): boolean {
    this.path.length = this.depth;
    this.widths.length = this.depth;
    this.depth = 0;
    for (;;) {
      const last = this.path.pop();
      const width = this.widths.pop();
      if (last === undefined || width === undefined) return false;
      if (last + 1 < width) {
        this.path.push(last + 1);
        this.widths.push(width);
        return true;
      }
    }
  }
}
