import assert from 'node:assert/strict';
import test from 'node:test';
import type { Database } from '../database/database';
import { onEachDatabase } from '../schema/spec-kit';
import { IdWorker } from './id-worker';
import { WorkerRow } from './worker.entity';
import { WorkerLeaseKeeper } from './worker-lease';

const unavailable = { code: 'service/unavailable' };

function instance(database: Database) {
  const ids = new IdWorker();
  const keeper = new WorkerLeaseKeeper(database, ids);
  return { ids, keeper };
}

/** The worker number that an id carries. */
const workerOf = (id: string) => Number((BigInt(id) >> 12n) & 1023n);

const rows = (database: Database) =>
  database.statements((manager) => manager.find(WorkerRow, { order: { worker_id: 'ASC' } }));

const row = (worker_id: number, owner: string, inMs: number): WorkerRow => ({
  worker_id,
  owner,
  expire_time: new Date(Date.now() + inMs),
});

onEachDatabase('worker numbers', (bench) => {
  test('instances that start at once lease different numbers and make no id twice', async () => {
    const { database } = await bench.migrated();
    const instances = Array.from({ length: 10 }, () => instance(database));
    await Promise.all(instances.map(({ keeper }) => keeper.start(undefined)));
    const made = instances.flatMap(({ ids }) => Array.from({ length: 200 }, () => ids.nextId()));
    assert.equal(new Set(made).size, 2_000);
    assert.equal(new Set(made.map(workerOf)).size, 10);
    for (const { keeper } of instances) keeper.stop();
  });

  test('a number is taken over only when its time has passed', async () => {
    const { database } = await bench.migrated();
    const taken = [row(1, 'alive', 30_000), row(2, 'gone', -1_000), row(3, 'alive', 30_000)];
    await database.statements((manager) => manager.insert(WorkerRow, taken));
    const { ids, keeper } = instance(database);
    await keeper.start(undefined);
    assert.equal(workerOf(ids.nextId()), 2);
    keeper.stop();
  });

  test('an instance that has lost its number takes another one', async () => {
    const { database } = await bench.migrated();
    const { ids, keeper } = instance(database);
    await keeper.start(undefined);
    assert.equal(workerOf(ids.nextId()), 1);
    await database.statements((m) => m.update(WorkerRow, { worker_id: 1 }, { owner: 'somebody' }));
    await keeper.keep();
    assert.equal(workerOf(ids.nextId()), 2);
    keeper.stop();
  });

  test('a lost number that cannot be replaced stops the ids', async () => {
    const { database } = await bench.migrated();
    const { ids, keeper } = instance(database);
    await keeper.start(undefined);
    await database.transaction(async (manager) => {
      await manager.update(WorkerRow, { worker_id: 1 }, { owner: 'somebody' });
      const others = Array.from({ length: 1_021 }, (_, i) => row(i + 2, 'somebody', 30_000));
      await manager.insert(WorkerRow, others);
    });
    await assert.rejects(keeper.keep(), unavailable);
    assert.throws(() => ids.nextId(), unavailable);
    keeper.stop();
  });

  test('a renewal moves the time on, and never back when the clock has stepped back', async (t) => {
    const { database } = await bench.migrated();
    const { keeper } = instance(database);
    await keeper.start(undefined);
    const [first] = await rows(database);
    const nowMs = Date.now();
    const clock = t.mock.method(Date, 'now', () => nowMs + 20_000);
    await keeper.keep();
    const [second] = await rows(database);
    assert.ok(first && second && second.expire_time > first.expire_time);
    clock.mock.mockImplementation(() => nowMs - 3_600_000);
    await keeper.keep();
    const [third] = await rows(database);
    assert.deepEqual(third?.expire_time, second.expire_time);
    keeper.stop();
  });

  test('a number that was given up rests until its time, for ids up to it may be out', async () => {
    const { database } = await bench.migrated();
    const first = instance(database);
    await first.keeper.start(undefined);
    first.ids.nextId();
    first.keeper.stop();
    assert.throws(() => first.ids.nextId(), unavailable);
    const second = instance(database);
    await second.keeper.start(undefined);
    assert.equal(workerOf(second.ids.nextId()), 2);
    second.keeper.stop();
  });

  test('a restored backup gives a number out again, and no id', async (t) => {
    const { database } = await bench.migrated();
    const nowMs = Date.now();
    const clock = t.mock.method(Date, 'now', () => nowMs);
    const lost = instance(database);
    await lost.keeper.start(undefined);
    const backup = await rows(database);
    clock.mock.mockImplementation(() => nowMs + 50_000);
    await lost.keeper.keep();
    const made = Array.from({ length: 1_000 }, () => lost.ids.nextId());
    lost.keeper.stop();
    await database.statements((manager) => manager.save(WorkerRow, backup));
    // By now the lease of the backup has run out; that of the lost database had not.
    clock.mock.mockImplementation(() => nowMs + 61_000);
    const next = instance(database);
    await next.keeper.start(undefined);
    const again = next.ids.nextId();
    assert.equal(workerOf(again), workerOf(made[0] ?? ''));
    assert.ok(BigInt(again) > BigInt(made.at(-1) ?? ''), `${made.at(-1)} then ${again}`);
    next.keeper.stop();
  });

  test('a number the operator fixes is used at every start, leased by nobody else', async () => {
    const { database } = await bench.migrated();
    for (let start = 1; start <= 2; start += 1) {
      const fixed = instance(database);
      await fixed.keeper.start(1);
      assert.equal(workerOf(fixed.ids.nextId()), 1);
      fixed.keeper.stop();
    }
    const leasing = instance(database);
    await leasing.keeper.start(undefined);
    assert.equal(workerOf(leasing.ids.nextId()), 2);
    leasing.keeper.stop();
  });

  test('a fixed number that another instance leases is refused', async () => {
    const { database } = await bench.migrated();
    const leasing = instance(database);
    await leasing.keeper.start(undefined);
    const fixed = instance(database);
    await assert.rejects(fixed.keeper.start(1), unavailable);
    assert.throws(() => fixed.ids.nextId(), unavailable);
    assert.equal(workerOf(leasing.ids.nextId()), 1);
    leasing.keeper.stop();
  });
});
