import assert from 'node:assert/strict';
import test from 'node:test';
import { pageOf } from './page';

type Row = { order_id: string; text: string };
const rows = ['9', '8', '7'].map((order_id): Row => ({ order_id, text: '' }));
const kind = (limit: number) => ({ limit, key: 'order_id', show: (row: Row) => row }) as const;

test('a page names the next one only if there is a row for it', () => {
  assert.deepEqual(pageOf(rows, kind(2)), { page: rows.slice(0, 2), cursor: '8' });
  assert.deepEqual(pageOf(rows, kind(3)), { page: rows, cursor: null });
  assert.deepEqual(pageOf([], kind(3)), { page: [], cursor: null });
});

test('a page of long rows ends early, with its cursor, and shows at least one', () => {
  const long = rows.map((row): Row => ({ ...row, text: '券'.repeat(80_000) }));
  assert.deepEqual(pageOf(long, kind(3)), { page: long.slice(0, 2), cursor: '8' });
  assert.deepEqual(pageOf(long.slice(2), kind(3)), { page: long.slice(2), cursor: null });
  const huge = rows.map((row): Row => ({ ...row, text: '券'.repeat(800_000) }));
  assert.deepEqual(pageOf(huge, kind(3)), { page: huge.slice(0, 1), cursor: '9' });
});
