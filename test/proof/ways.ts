import type { Way } from '../support/wechat';
import type { Seeded } from './seeded';

/** Half of what is played speaks v2, the other half v3 by one or the other of WeChat's keys. */
const draws: readonly Way[] = [
  ...(['v2', 'v2', 'v2', 'v2'] as const),
  ...(['v3 public-key', 'v3 public-key', 'v3 certificate', 'v3 both'] as const),
];

/** Draws how WeChat is spoken with, and remembers what was played in each way. */
export class Ways {
  private readonly played = new Map<Way, number>();

  /** A `pinned` way is the only one. */
  constructor(
    private readonly random: Seeded,
    private readonly pinned?: Way,
  ) {}

  draw(): Way {
    const drawn = this.random.pick(draws);
    return this.pinned ?? drawn;
  }

  count(way: Way): void {
    this.played.set(way, (this.played.get(way) ?? 0) + 1);
  }

  /** For the notes of a result: `episodes by dialect: v2 50 %, v3 public-key 25 % ...` */
  get shares(): string {
    const all = [...this.played.values()].reduce((sum, count) => sum + count, 0);
    const shares = [...this.played].sort().map(([way, count]) => {
      return `${way} ${Math.round((100 * count) / all)} %`;
    });
    return `episodes by dialect: ${shares.join(', ')}`;
  }
}
