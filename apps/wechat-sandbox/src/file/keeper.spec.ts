import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog } from '@saoma/platform/log';
import { Keeper } from './keeper';

const log = createLog('spec', 'silent');

/** A file whose writes end when the test says so, and a book that is a number. */
function aFile() {
  const asked: { readonly text: string; end(error?: Error): void }[] = [];
  const closed: string[] = [];
  const book = { value: 0 };
  const file = {
    write: (text: string) =>
      new Promise<void>((resolve, reject) => {
        asked.push({ text, end: (error) => (error ? reject(error) : resolve()) });
      }),
    close: () => closed.push('closed'),
  };
  const keeper = new Keeper(file, () => ({ ...book }), log);
  const change = (value: number): Promise<boolean> => {
    book.value = value;
    keeper.changed();
    return keeper.kept();
  };
  return { asked, closed, keeper, change };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the keeper of the book', () => {
  test('writes one after the other, and what comes together is one write', async () => {
    const { asked, change, keeper } = aFile();
    const first = change(1);
    await turn();
    const others = [change(2), change(3), keeper.kept()];
    await turn();
    assert.deepEqual(
      asked.map(({ text }) => text),
      ['{"value":1}'],
    );
    asked[0]?.end();
    assert.equal(await first, true);
    await turn();
    assert.deepEqual(
      asked.map(({ text }) => text),
      ['{"value":1}', '{"value":3}'],
    );
    asked[1]?.end();
    assert.deepEqual(await Promise.all(others), [true, true, true]);
    assert.equal(await keeper.kept(), true);
    assert.equal(asked.length, 2);
  });

  test('whoever only looks waits for the write that is under way', async () => {
    const { asked, change, keeper } = aFile();
    void change(1);
    await turn();
    let isAnswered = false;
    const looking = keeper.kept().then((isKept) => {
      isAnswered = true;
      return isKept;
    });
    await turn();
    assert.equal(isAnswered, false);
    asked[0]?.end();
    assert.equal(await looking, true);
  });

  test('a write that fails is told to all who waited, and the next tries again', async () => {
    const { asked, change, keeper } = aFile();
    const first = change(1);
    const second = change(2);
    await turn();
    asked[0]?.end(new Error('ENOSPC'));
    assert.deepEqual([await first, await second], [false, false]);
    const look = keeper.kept();
    await turn();
    assert.equal(asked[1]?.text, '{"value":2}');
    asked[1]?.end();
    assert.equal(await look, true);
  });

  test('closing writes what is left, gives the file up, and throws if it could not', async () => {
    const good = aFile();
    void good.change(1);
    const closing = good.keeper.close();
    await turn();
    good.asked[0]?.end();
    await closing;
    assert.deepEqual(good.closed, ['closed']);
    assert.equal(await good.change(2), true);
    assert.equal(good.asked.length, 1);

    const bad = aFile();
    void bad.change(1);
    const failing = bad.keeper.close();
    await turn();
    bad.asked[0]?.end(new Error('ENOSPC'));
    await assert.rejects(failing, /not in its file/);
    assert.deepEqual(bad.closed, ['closed']);
  });

  test('without a file the book is never even looked at', async () => {
    const take = () => assert.fail('nobody needs it');
    const keeper = new Keeper(undefined, take, log);
    keeper.changed();
    keeper.keep();
    assert.equal(await keeper.kept(), true);
    // The same promise each time: nothing is made for an answer.
    assert.equal(keeper.kept(), keeper.kept());
    await keeper.close();
  });
});
