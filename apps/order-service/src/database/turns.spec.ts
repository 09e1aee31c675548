import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../../../test/support/until';
import { type Lane, Turns } from './turns';

/** Work that runs until it is told to end. */
function started(turns: Turns, lane: Lane) {
  let end = () => {};
  let isRunning = false;
  const done = turns.run(lane, () => {
    isRunning = true;
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  });
  return {
    done,
    end: () => end(),
    get isRunning() {
      return isRunning;
    },
  };
}

/** Ends all of it, also what begins only then. */
async function endAll(works: ReturnType<typeof started>[]): Promise<void> {
  for (const work of works) {
    await until('it to begin', () => work.isRunning);
    work.end();
    await work.done;
  }
}

const unavailable = { code: 'service/unavailable' };

test('ordinary work never takes the reserved places, settling takes all free ones', async () => {
  const turns = new Turns({ runningMax: 4, reserved: 2, listingMax: 1 });
  const ordinary = [1, 2, 3].map(() => started(turns, 'ordinary'));
  assert.deepEqual(
    ordinary.map((work) => work.isRunning),
    [true, true, false],
  );
  const settling = [1, 2, 3].map(() => started(turns, 'settling'));
  assert.deepEqual(
    settling.map((work) => work.isRunning),
    [true, true, false],
  );
  await endAll([...settling, ...ordinary]);
});

test('settling goes before ordinary work that has waited longer', async () => {
  const turns = new Turns({ runningMax: 1, reserved: 0, listingMax: 1 });
  const first = started(turns, 'ordinary');
  const ordinary = started(turns, 'ordinary');
  const settling = started(turns, 'settling');
  first.end();
  await first.done;
  await Promise.resolve();
  assert.equal(settling.isRunning, true);
  assert.equal(ordinary.isRunning, false);
  settling.end();
  await settling.done;
  await Promise.resolve();
  assert.equal(ordinary.isRunning, true);
});

test('lists take only their places, and whatever else waits goes before them', async () => {
  const turns = new Turns({ runningMax: 3, reserved: 1, listingMax: 1 });
  const lists = [1, 2].map(() => started(turns, 'listing'));
  const ordinary = [1, 2].map(() => started(turns, 'ordinary'));
  const isRunning = ({ isRunning }: { isRunning: boolean }) => isRunning;
  assert.deepEqual(lists.map(isRunning), [true, false]);
  assert.deepEqual(ordinary.map(isRunning), [true, false]);
  lists[0]?.end();
  await lists[0]?.done;
  await Promise.resolve();
  assert.deepEqual(ordinary.map(isRunning), [true, true]);
  assert.equal(lists[1]?.isRunning, false);
  await endAll([...ordinary, ...lists.slice(1)]);
});

test('work of one lane begins in the order in which it came', async () => {
  const turns = new Turns({ runningMax: 1, reserved: 0, listingMax: 1 });
  const order: number[] = [];
  const all = [1, 2, 3, 4, 5].map((number) =>
    turns.run('ordinary', async () => {
      order.push(number);
      await Promise.resolve();
    }),
  );
  await Promise.all(all);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
});

test('a place is given back by work that fails', async () => {
  const turns = new Turns({ runningMax: 1, reserved: 0, listingMax: 1 });
  await assert.rejects(
    turns.run('ordinary', () => Promise.reject(new Error('no'))),
    /^Error: no/,
  );
  assert.equal(await turns.run('ordinary', async () => 'done'), 'done');
});

test('more than 1000 waiting units of work are refused at once, settling is not', async () => {
  const turns = new Turns({ runningMax: 2, reserved: 1, listingMax: 1 });
  const running = started(turns, 'ordinary');
  const waiting = Array.from({ length: 1_000 }, () => turns.run('ordinary', async () => 'done'));
  await assert.rejects(
    turns.run('ordinary', async () => 'done'),
    unavailable,
  );
  assert.equal(await turns.run('settling', async () => 'settled'), 'settled');
  running.end();
  await Promise.all(waiting);
});

test('work that has waited for 4 seconds is refused and never begins', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const turns = new Turns({ runningMax: 1, reserved: 0, listingMax: 1 });
  const running = started(turns, 'ordinary');
  const late = started(turns, 'ordinary');
  t.mock.timers.tick(3_999);
  const punctual = started(turns, 'ordinary');
  t.mock.timers.tick(1);
  await assert.rejects(late.done, unavailable);
  running.end();
  await running.done;
  await Promise.resolve();
  assert.equal(late.isRunning, false);
  assert.equal(punctual.isRunning, true);
});
