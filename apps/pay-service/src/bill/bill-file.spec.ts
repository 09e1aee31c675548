import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BillError, BillFile } from './bill-file';
import { askedFor, goldenBill } from './bill-spec-kit';
import { lineBytesMax, linesOf } from './lines';
import { totalsOf } from './trade-bill';

const whole = async (file: BillFile) => Buffer.concat(await Readable.from(file.chunks()).toArray());
const error = (words: RegExp) => (thrown: Error) =>
  thrown instanceof BillError && words.test(thrown.message);

test('a zipped file and a plain one are the same bytes, whose SHA1 WeChat says', async () => {
  const { plain, zipped, sha1 } = goldenBill;
  assert.equal(plain.length, 2_350);
  for (const parts of [[zipped], [plain], [zipped.subarray(0, 1), zipped.subarray(1)]]) {
    const bytes = await whole(new BillFile(parts));
    assert.equal(createHash('sha1').update(bytes).digest('hex'), sha1);
  }
});

test('a zipped file that is cut, or broken, is no file', async () => {
  const { zipped } = goldenBill;
  const broken = Buffer.from(zipped);
  broken.fill(0xff, 100, 120);
  for (const bytes of [zipped.subarray(0, -1), zipped.subarray(0, 500), broken]) {
    await assert.rejects(whole(new BillFile([bytes])), error(/cannot be unzipped/));
  }
});

test('a line that never ends is given up, and so is one that is too long', async () => {
  const head = goldenBill.plain.subarray(0, 600);
  const endless = new BillFile([gzipSync(Buffer.concat([head, Buffer.alloc(100_000_000, '`')]))]);
  assert.ok(endless.bytes < 200_000);
  await assert.rejects(totalsOf(endless.chunks(), askedFor), error(/never ends/));
  const long = new BillFile([Buffer.from(`${'`'.repeat(lineBytesMax + 1)}\n\n`)]);
  await assert.rejects(Readable.from(linesOf(long.chunks())).toArray(), error(/too long/));
});

test('a file that would be larger than any bill is given up in time', async () => {
  const zipped = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const bomb = new BillFile([zipped], 1024 * 1024);
  await assert.rejects(whole(bomb), error(/more than/));
});
