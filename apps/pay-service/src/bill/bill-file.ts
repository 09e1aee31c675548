import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Of the unzipped file: some three million rows. More is an attack, or a mistake. */
const fileBytesMax = 1024 * 1024 * 1024;
const chunkBytes = 65_536;

/** Why a file is not believed, in words for a person: nothing of it is told. */
export class BillError extends Error {}

/** A file as WeChat sent it, in memory: zipped, and unzipped piece by piece when it is read. */
export class BillFile {
  readonly bytes: number;
  private readonly isZipped: boolean;

  constructor(
    private readonly parts: readonly Uint8Array[],
    private readonly unzippedBytesMax = fileBytesMax,
  ) {
    this.bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const [first, second] = Buffer.concat(parts.slice(0, 2));
    this.isZipped = first === 0x1f && second === 0x8b;
  }

  /** Its first bytes as they came, where it may be something else than a file. */
  head(bytesMax: number): Buffer {
    const head: Uint8Array[] = [];
    let bytes = 0;
    for (const part of this.parts) {
      if (bytes >= bytesMax) break;
      head.push(part);
      bytes += part.length;
    }
    return Buffer.concat(head).subarray(0, bytesMax);
  }

  /** The unzipped file. Throws BillError if it is no whole gzip file, or too large. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    let bytes = 0;
    try {
      for await (const chunk of this.unzipped()) {
        bytes += chunk.length;
        if (bytes > this.unzippedBytesMax) throw new BillError(`it has more than ${bytes} bytes`);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof BillError) throw error;
      throw new BillError(`it cannot be unzipped: ${(error as Error).message}`);
    }
  }

  private unzipped(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    if (!this.isZipped) return this.parts;
    return Readable.from(this.parts).pipe(createGunzip({ chunkSize: chunkBytes }));
  }
}
