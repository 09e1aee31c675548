interface Piece {
  readonly length: number;
  slice(from: number, to?: number): this;
}

/** A place in something that can only be read forwards, from which reading goes on. */
class Cursor<P extends Piece> {
  at = 0;
  private rest: P | undefined;

  constructor(private readonly pieces: AsyncGenerator<P, void>) {}

  /** The next `count` of it, in pieces; fewer at its end. */
  async take(count: number): Promise<P[]> {
    const end = this.at + count;
    const taken: P[] = [];
    for (let piece = await this.next(count); piece; piece = await this.next(end - this.at)) {
      taken.push(piece);
    }
    return taken;
  }

  async skipTo(place: number): Promise<void> {
    let piece: P | undefined;
    do piece = await this.next(place - this.at);
    while (piece);
  }

  async close(): Promise<void> {
    await this.pieces.return();
  }

  /** A piece that is at most so long; undefined for none, and at the end. */
  private async next(lengthMax: number): Promise<P | undefined> {
    if (lengthMax <= 0) return undefined;
    const piece = this.rest ?? (await this.following());
    if (!piece) return undefined;
    const part = piece.slice(0, lengthMax);
    this.rest = part.length < piece.length ? piece.slice(lengthMax) : undefined;
    this.at += part.length;
    return part;
  }

  private async following(): Promise<P | undefined> {
    const { done, value } = await this.pieces.next();
    if (done) return undefined;
    // An empty one is not the end.
    return value.length > 0 ? value : this.following();
  }
}

/** Each holds a window of unzipped text: some 200 KiB. */
const cursorsMax = 4;

/**
 * The readers of one file, who ask for one part after another: each goes on where the last part
 * ended, and nothing is read twice. Whoever goes back begins at the beginning.
 */
export class Cursors<P extends Piece> {
  private idle: Cursor<P>[] = [];
  private isClosed = false;

  constructor(private readonly open: () => AsyncGenerator<P, void>) {}

  async read(from: number, count: number): Promise<P[]> {
    const cursor = this.take(from) ?? new Cursor(this.open());
    await cursor.skipTo(from);
    const pieces = await cursor.take(count);
    this.idle.push(cursor);
    if (this.isClosed) this.close();
    else if (this.idle.length > cursorsMax) void this.idle.shift()?.close();
    return pieces;
  }

  close(): void {
    this.isClosed = true;
    for (const cursor of this.idle.splice(0)) void cursor.close();
  }

  /** The one that has the shortest way there; nobody else uses it meanwhile. */
  private take(from: number): Cursor<P> | undefined {
    const [nearest] = this.idle.filter(({ at }) => at <= from).sort((a, b) => b.at - a.at);
    this.idle = this.idle.filter((cursor) => cursor !== nearest);
    return nearest;
  }
}
