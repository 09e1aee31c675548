import { after, afterEach, before } from 'node:test';

interface Lent {
  /** Whether it is as it was when it began. */
  readonly isWhole: boolean;
  stop(): Promise<void>;
}

/** Of what a hook is told after a test. */
export const hasFailed = (test: unknown) => Boolean((test as { error?: unknown }).error);

/** Lends what is slow to start: tests that want the same as those before them are lent the same. */
export class Lender<T extends Lent> {
  private readonly shelves = new Map<string, { readonly wanted: string; readonly thing: T }>();

  /** For all tests of the group that asks. A shelf keeps one thing: the last that was wanted. */
  lend(shelf: string, wanted: string, start: () => Promise<T>): () => T {
    let thing: T;
    let isDoubtful = false;
    before(async () => {
      thing = await this.take(shelf, wanted, start);
    });
    afterEach((test) => {
      isDoubtful ||= hasFailed(test);
    });
    after(async () => {
      // Nobody knows what it is like after a test that failed.
      if (isDoubtful && this.shelves.delete(shelf)) await thing.stop();
    });
    return () => thing;
  }

  async stopAll(): Promise<void> {
    const kept = [...this.shelves.values()];
    this.shelves.clear();
    await Promise.all(kept.map(({ thing }) => thing.stop()));
  }

  private async take(shelf: string, wanted: string, start: () => Promise<T>): Promise<T> {
    const kept = this.shelves.get(shelf);
    if (kept?.wanted === wanted && kept.thing.isWhole) return kept.thing;
    this.shelves.delete(shelf);
    await kept?.thing.stop();
    const thing = await start();
    this.shelves.set(shelf, { wanted, thing });
    return thing;
  }
}
