import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** Draws that look random and are the same for the same seed. */
export class Seeded {
  private readonly generator: ReturnType<typeof mersenne>;

  constructor(seed: number) {
    this.generator = mersenne(seed);
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return uniformInt(this.generator, 0, count - 1);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
