import type { Log } from '@saoma/platform/log';

/** Where a text is kept; a write that fails throws. */
interface File {
  write(text: string): Promise<void>;
  close(): void;
}

const done = Promise.resolve(true);

/**
 * Keeps the book in its file. At most one write is under way and one waits; what changes meanwhile
 * goes with the one that waits. Without a file it does nothing.
 */
export class Keeper {
  private isBehind = false;
  private isClosed = false;
  private writing: Promise<boolean> | undefined;
  private next: Promise<boolean> | undefined;

  constructor(
    private readonly file: File | undefined,
    private readonly take: () => object,
    private readonly log: Log,
  ) {}

  /** Something in the book is not in the file yet. */
  changed(): void {
    if (this.file && !this.isClosed) this.isBehind = true;
  }

  /**
   * Whether the file has now all that the book had when this was asked. False where it could not
   * be written, which the log tells: then nobody may hear of it. The next one who asks tries again.
   */
  kept(): Promise<boolean> {
    if (!this.isBehind) return this.writing ?? done;
    this.next ??= this.writeAfter(this.writing ?? done);
    return this.next;
  }

  /** Writes what was changed, while nobody waits for it. */
  keep(): void {
    this.changed();
    void this.kept();
  }

  /** Writes what is not written yet, and throws if it cannot; later changes are dropped. */
  async close(): Promise<void> {
    this.isClosed = true;
    const isKept = await this.kept();
    this.isBehind = false;
    this.file?.close();
    if (!isKept) throw new Error('the latest changes of the book are not in its file');
  }

  private async writeAfter(before: Promise<boolean>): Promise<boolean> {
    await before;
    this.next = undefined;
    this.writing = this.write().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  private async write(): Promise<boolean> {
    this.isBehind = false;
    try {
      await this.file?.write(JSON.stringify(this.take()));
      return true;
    } catch (err) {
      this.isBehind = true;
      this.log.error({ err }, 'the book could not be written to its file');
      return false;
    }
  }
}
