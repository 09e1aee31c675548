/** A map of bounded size: what was set last is kept, and the oldest entry goes. */
export class Newest<Key, Value> extends Map<Key, Value> {
  constructor(private readonly entriesMax: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.entriesMax) this.dropOldest();
    return this;
  }

  private dropOldest(): void {
    for (const oldest of this.keys()) {
      this.delete(oldest);
      return;
    }
  }
}
