import assert from 'node:assert/strict';
import test from 'node:test';
import { Subject } from 'rxjs';
import { until } from '../../../../test/support/until';
import { Scene } from '../spec-kit';
import { Book, paid, wait } from './spec-kit';

test('a lost ring is made up for by the net', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  const waiting = wait(scene);
  await until('it has looked', () => book.looks === 1);
  book.settle('1001', 'REFUND');
  assert.equal(await waiting, paid);
});

test('a bell that broke is heard again, and what rang meanwhile is found at once', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  await until('the bell is heard', () => book.watchers === 1);
  const waiting = wait(scene);
  await until('it has looked', () => book.looks === 1);
  await scene.order.stop();
  book.settle('1001', 'SUCCESS');
  await scene.order.start();
  await until('the bell is heard again', () => book.watchers === 2);
  book.bell.next({ kind: 'heartbeat' });
  assert.equal(await waiting, paid);
});

test('a look that had begun before the bell was heard again is not the last', async (t) => {
  const book = new Book();
  // Sooner than the net would find it.
  const scene = await Scene.start(t, { order: book.handlers }, { QR_WAIT_MS: '3000' });
  await until('the bell is heard', () => book.watchers === 1);
  const waiting = wait(scene);
  await until('it has looked', () => book.looks === 1);
  let goOn: () => void = () => undefined;
  book.pause = new Promise((resolve) => {
    goOn = resolve;
  });
  book.bell.next({ kind: 'heartbeat' });
  await until('all are looked at', () => book.nets.length === 1);
  const broken = book.bell;
  book.bell = new Subject();
  broken.complete();
  book.settle('1001', 'SUCCESS');
  await until('the bell is heard again', () => book.watchers === 2);
  book.bell.next({ kind: 'heartbeat' });
  goOn();
  assert.equal(await waiting, paid);
});
