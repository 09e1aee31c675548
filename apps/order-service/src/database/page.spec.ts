import assert from 'node:assert/strict';
import test from 'node:test';
import { pageOf } from './page';

const rows = ['9', '8', '7'].map((order_id) => ({ order_id }));

test('a page names the next one only if there is a row for it', () => {
  assert.deepEqual(pageOf(rows, 2, 'order_id'), { page: rows.slice(0, 2), cursor: '8' });
  assert.deepEqual(pageOf(rows, 3, 'order_id'), { page: rows, cursor: null });
  assert.deepEqual(pageOf([], 3, 'order_id'), { page: [], cursor: null });
});
