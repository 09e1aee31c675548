import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import type { PoolConnection } from 'mysql2';
import { until } from '../../../../test/support/until';
import { onEachDatabase } from '../schema/spec-kit';
import { poolOf } from './pool';

type Given = PoolConnection & { readonly stream: Socket };

onEachDatabase('a connection whose time of silence is over', (bench) => {
  if (bench.kind === 'sqlite') return;

  const given = async () => {
    const { source } = await bench.migrated();
    const connection = await new Promise<Given>((resolve, reject) => {
      poolOf(source)?.getConnection((error, one) =>
        error ? reject(error) : resolve(one as Given),
      );
    });
    const ask = (sql: string) =>
      new Promise((resolve, reject) => {
        connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
      });
    await ask('SELECT 1');
    return { stream: connection.stream, ask };
  };

  test('is ended', async () => {
    const { stream } = await given();
    stream.emit('timeout');
    await until('it to end', () => stream.destroyed);
  });

  test('answers what it is asked in this very turn', async () => {
    const { stream, ask } = await given();
    stream.emit('timeout');
    assert.deepEqual(await ask('SELECT 2 AS two'), [{ two: 2 }]);
    assert.equal(stream.destroyed, false);
  });
});
