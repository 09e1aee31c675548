import { BillError } from './bill-file';

/** Real lines have some 400 bytes; description and attach together may have 255 characters. */
export const lineBytesMax = 16_384;
const lineFeed = 0x0a;
const byteOrderMark = '\ufeff';

/** The lines of a file, without their ends, some at a time. The last one needs no end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void> {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    rest = bytes.subarray(end);
    if (rest.length > lineBytesMax) throw new BillError('it has a line that never ends');
    if (end === 0) continue;
    const text = bytes.toString('utf8', 0, end - 1);
    yield split(isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text);
    isFirst = false;
  }
  if (rest.length === 0) return;
  const text = rest.toString('utf8');
  yield split(isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text);
}

function split(text: string): string[] {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.length > lineBytesMax) throw new BillError('it has a line that is too long');
    if (line.endsWith('\r')) lines[index] = line.slice(0, -1);
  }
  return lines;
}
