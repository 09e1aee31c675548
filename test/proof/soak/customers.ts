import { setTimeout as pause } from 'node:timers/promises';
import { Seeded } from '../seeded';
import { Customer, type Origins } from './customer';
import type { Town } from './town';

interface Coming {
  /** Each customer's own is so much above it. */
  readonly seed: number;
  readonly everyMs: number;
  readonly origins: Origins;
  /** So many are in town at most. */
  readonly atOnceMax?: number;
  /** Hears of who was never served. */
  readonly violations: string[];
  readonly onCome?: () => void;
}

/** Customers come at their own pace, served or not. */
export class Customers {
  private readonly lives = new Map<string, number>();
  private living = 0;

  constructor(
    private readonly town: Town,
    private readonly coming: Coming,
  ) {}

  get served(): number {
    return [...this.lives.values()].reduce((sum, lives) => sum + lives, 0);
  }

  /** How many were served in each way of living. */
  get told(): string {
    return [...this.lives].map(([way, lives]) => `${way} ${lives}`).join(', ');
  }

  /** New ones come as long as it goes on. Resolves when the last one has left. */
  async comeWhile(goesOn: () => boolean): Promise<void> {
    const { seed, everyMs, atOnceMax = Number.POSITIVE_INFINITY } = this.coming;
    const all: Promise<void>[] = [];
    for (let number = 0; goesOn(); number += 1) {
      if (this.living < atOnceMax) all.push(this.serve(seed + number));
      await pause(everyMs);
    }
    await Promise.all(all);
  }

  private async serve(seed: number): Promise<void> {
    this.living += 1;
    try {
      this.coming.onCome?.();
      const way = await new Customer(this.town, new Seeded(seed)).live(this.coming.origins);
      this.lives.set(way, (this.lives.get(way) ?? 0) + 1);
    } catch (error) {
      this.coming.violations.push(`a customer was never served: ${error}`);
    }
    this.living -= 1;
  }
}
