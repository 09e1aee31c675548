interface Item {
  readonly bytes: number;
  close(): void;
}

/** Of all items together, in memory. */
export const keptBytesMax = 96 * 1024 * 1024;
/** After its last use. */
const keptMsMax = 600_000;

/** The items that were used last, in memory: as many as there is room for, and for ten minutes. */
export class Shelf<I extends Item> {
  private readonly kept = new Map<string, { readonly item: I; readonly timer: NodeJS.Timeout }>();

  get(key: string): I | undefined {
    const known = this.kept.get(key);
    if (!known) return undefined;
    clearTimeout(known.timer);
    // The order is that of the last use.
    this.kept.delete(key);
    this.keep(key, known.item);
    return known.item;
  }

  /** In the place of what was there. */
  put(key: string, item: I): void {
    this.drop(key);
    this.makeRoom(item.bytes);
    this.keep(key, item);
  }

  /** Drops what was not used for longest, until so many bytes more fit. */
  makeRoom(bytes: number): void {
    for (const key of [...this.kept.keys()]) {
      if (this.bytes + bytes <= keptBytesMax) return;
      this.drop(key);
    }
  }

  private keep(key: string, item: I): void {
    const timer = setTimeout(() => this.drop(key), keptMsMax).unref();
    this.kept.set(key, { item, timer });
  }

  private get bytes(): number {
    return [...this.kept.values()].reduce((sum, { item }) => sum + item.bytes, 0);
  }

  private drop(key: string): void {
    const known = this.kept.get(key);
    clearTimeout(known?.timer);
    this.kept.delete(key);
    known?.item.close();
  }
}
