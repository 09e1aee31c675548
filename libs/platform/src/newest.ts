/** A map of bounded size: what was set last is kept, and the oldest entry goes. */
export class Newest<Key, Value> extends Map<Key, Value> {
  constructor(private readonly entriesMax: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    // There is an oldest one, at least what was set just now.
    if (this.size > this.entriesMax) this.delete(this.keys().next().value as Key);
    return this;
  }
}
