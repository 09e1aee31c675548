import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AppError } from '@saoma/contracts/errors';
import type { OrderOutput } from '@saoma/contracts/order';
import { bearer, Scene } from '../spec-kit';

const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
const path = '/api/reconciliations/2026-11-24/files/trade';

/** An order service that keeps a file in three pieces, of which a test may spoil one. */
async function aScene(t: test.TestContext, spoilt: Partial<OrderOutput<'billFile'>> = {}) {
  const asked: object[] = [];
  const order = {
    billFile: (input: { day: string; kind: string; piece: number }) => {
      asked.push(input);
      const { piece } = input;
      const bytes_base64 = gzipSync(`piece ${piece} `).toString('base64');
      const next_piece = piece === 2 ? null : piece + 1;
      return { bill_hash, bytes_base64, next_piece, ...(piece === 2 && spoilt) };
    },
  };
  const scene = await Scene.start(t, { order });
  const get = async (roles: string[]) =>
    fetch(scene.url + path, { headers: await bearer({ roles }) });
  return { get, asked };
}

test('a raw file comes piece by piece, with its day and its hash in its name', async (t) => {
  const { get, asked } = await aScene(t);
  const answer = await get(['auditor']);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/gzip');
  assert.equal(
    answer.headers.get('content-disposition'),
    `attachment; filename="2026-11-24-trade-${bill_hash}.csv.gz"`,
  );
  const file = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString();
  assert.equal(file, 'piece 0 piece 1 piece 2 ');
  const of = { day: '2026-11-24', kind: 'trade' };
  assert.deepEqual(
    asked,
    [0, 1, 2].map((piece) => ({ ...of, piece })),
  );
});

test('a file that is replaced while it is sent does not end as if it were whole', async (t) => {
  const { get } = await aScene(t, { bill_hash: '0'.repeat(40) });
  const answer = await get(['operator']);
  assert.equal(answer.status, 200);
  await assert.rejects(answer.arrayBuffer());
});

test('a file that is not kept, and a day or a bill that is none, are told', async (t) => {
  const order = {
    billFile: (): never => {
      throw new AppError('reconciliation/no-file');
    },
  };
  const scene = await Scene.start(t, { order });
  const headers = await bearer({ roles: ['operator'] });
  const code = async (address: string) => {
    const { status, json } = await scene.ask('GET', address, { headers });
    return [status, (json() as { code: string }).code];
  };
  assert.deepEqual(await code(path), [404, 'reconciliation/no-file']);
  assert.deepEqual(await code(path.replace('trade', 'all')), [400, 'request/invalid']);
  assert.deepEqual(await code(path.replace('24', '31')), [400, 'request/invalid']);
});
