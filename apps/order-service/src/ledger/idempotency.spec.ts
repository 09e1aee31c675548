import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { Database } from '../database/database';
import { onEachDatabase } from '../schema/spec-kit';
import { type KeyedCommand, once, type Remember } from './idempotency';

const Answer = z.strictObject({ number: z.int() });
type Answer = z.output<typeof Answer>;

const aCommand = (change: Partial<KeyedCommand<Answer>> = {}): KeyedCommand<Answer> => ({
  user_id: 'anna',
  idempotency_key: 'key',
  body: ['a', 1],
  answer: Answer,
  ...change,
});

onEachDatabase('a command with a key', (bench) => {
  /** How often the command was carried out: each time has another answer. */
  let done = 0;
  const carryOut = (database: Database) => (remember: Remember<Answer>) =>
    database.transaction(async (manager) => {
      done += 1;
      const answer = { number: done };
      await remember(manager, answer);
      return answer;
    });

  test('is answered once and for all; another user, key or no key is another command', async () => {
    const { database } = await bench.migrated();
    const work = carryOut(database);
    const first = await once(database, aCommand(), work);
    assert.deepEqual(await once(database, aCommand(), work), first);
    for (const other of [
      aCommand({ user_id: 'berta' }),
      aCommand({ idempotency_key: 'Key' }),
      undefined,
    ]) {
      assert.notDeepEqual(await once(database, other, work), first);
    }
  });

  test('with another body is refused', async () => {
    const { database } = await bench.migrated();
    const work = carryOut(database);
    await once(database, aCommand(), work);
    for (const body of [['a', 2], ['a'], ['a', '1'], ['a,1']]) {
      const again = once(database, aCommand({ body }), work);
      await assert.rejects(again, { code: 'idempotency/key-reused' });
    }
  });

  test('that is committed is answered although its end was not heard', async () => {
    const { database } = await bench.migrated();
    const lost = new Error('the connection broke');
    const work = carryOut(database);
    const answer = await once(database, aCommand(), async (remember) => {
      await work(remember);
      throw lost;
    });
    assert.deepEqual(answer, { number: done });
    const failing = once(database, aCommand({ idempotency_key: 'new' }), () =>
      Promise.reject(lost),
    );
    await assert.rejects(failing, lost);
  });

  test('ten times at once is carried out once', async () => {
    const { database } = await bench.migrated();
    const work = carryOut(database);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => once(database, aCommand(), work)),
    );
    assert.equal(new Set(answers.map(({ number }) => number)).size, 1);
  });
});
