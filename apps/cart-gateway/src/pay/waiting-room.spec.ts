import assert from 'node:assert/strict';
import test from 'node:test';
import { EventReader } from '../../../../test/support/events';
import { until } from '../../../../test/support/until';
import { bearer, Scene } from '../spec-kit';
import { Book, failed, paid, timedOut, wait } from './spec-kit';

test('all who wait hear of the payment when the bell rings; it is asked for once', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  await until('the bell is heard', () => book.watchers > 0);
  const waiting = [wait(scene), wait(scene, '1001', '/pay/queryPayStatus')];
  await until('both have looked', () => book.looks === 2);
  book.ring('1002');
  book.settle('1001', 'SUCCESS');
  book.ring('1001');
  assert.deepEqual(await Promise.all(waiting), [paid, paid]);
  assert.equal(book.looks, 2);
  // Once since it rang, and maybe once since the bell was new.
  assert.ok(book.nets.length <= 2, `${book.nets.length} looks`);
});

test('a ring that says nothing new wakes nobody for good', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  await until('the bell is heard', () => book.watchers > 0);
  const waiting = wait(scene);
  await until('it has looked', () => book.looks === 1);
  book.ring('1001');
  await until('somebody has looked again', () => book.nets.length > 0);
  book.settle('1001', 'CLOSED');
  book.ring('1001');
  assert.equal(await waiting, failed);
});

for (const fact of ['closing', 'held']) {
  test(`a page that wants to know hears that it is ${fact}, by bell or net`, async (t) => {
    const book = new Book();
    const scene = await Scene.start(t, { order: book.handlers });
    await until('the bell is heard', () => book.watchers > 0);
    let lesson: string | undefined;
    const unasked = wait(scene).then((answer) => {
      lesson = answer;
    });
    const headers = await bearer();
    const ask = async () => {
      const path = `/pay/queryPayStatus?out_trade_no=1001&${fact}=false`;
      return (await scene.ask('GET', path, { headers })).text;
    };
    const waiting = ask();
    await until('both have looked', () => book.looks === 2);
    book.early = { [fact]: true };
    book.ring('1001');
    assert.equal(await waiting, timedOut);
    assert.equal(await ask(), timedOut);
    book.early = {};
    const before = book.looks;
    const late = ask();
    await until('it has looked', () => book.looks > before);
    book.early = { [fact]: true };
    assert.equal(await late, timedOut);
    assert.equal(lesson, undefined);
    book.settle('1001', 'CLOSED');
    book.ring('1001');
    await unasked;
    assert.deepEqual([lesson, await ask()], [failed, failed]);
  });
}

test('what is decided already is said at once', async (t) => {
  const book = new Book();
  book.settle('1001', 'SUCCESS');
  book.settle('1002', 'CLOSED');
  book.settle('1003', 'REFUND');
  const scene = await Scene.start(t, { order: book.handlers });
  assert.equal(await wait(scene, '1001'), paid);
  assert.equal(await wait(scene, '1002'), failed);
  assert.equal(await wait(scene, '1003'), paid);
});

test('an unknown, foreign, malformed or missing number fails alike, to the byte', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  const headers = await bearer();
  for (const query of [
    '',
    '?out_trade_no=',
    '?out_trade_no=9',
    '?out_trade_no=1001x',
    '?out_trade_no=000000000000000000001',
    '?out_trade_no=1001&out_trade_no=1001',
    '?out_trade_no[]=1001',
    '?x=1',
  ]) {
    const answer = await scene.ask('GET', `/pay/queryPayStatus${query}`, { headers });
    assert.deepEqual([answer.status, answer.text], [200, failed], query);
  }
  const foreign = { headers: await bearer({ sub: 'berta' }) };
  const answer = await scene.ask('GET', '/pay/queryPayStatus?out_trade_no=1001', foreign);
  assert.deepEqual([answer.status, answer.text], [200, failed]);
});

test('after QR_WAIT_MS the code has timed out', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers }, { QR_WAIT_MS: '300' });
  assert.deepEqual(await Promise.all([wait(scene), wait(scene)]), [timedOut, timedOut]);
});

test('while the order service is away the page just waits, and then hears the truth', async (t) => {
  const book = new Book();
  book.away = true;
  book.settle('1001', 'SUCCESS');
  const scene = await Scene.start(t, { order: book.handlers });
  const waiting = wait(scene);
  const foreign = wait(scene, '9');
  await until('both have looked in vain', () => book.looks >= 2);
  book.away = false;
  assert.equal(await waiting, paid);
  assert.equal(await foreign, failed);
});

test('who has gone leaves the room at once: nobody looks for them any more', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  await until('the bell is heard', () => book.watchers > 0);
  const leaving = new AbortController();
  const gone = fetch(`${scene.url}/pay/queryPayStatus?out_trade_no=1001`, {
    headers: await bearer(),
    signal: leaving.signal,
  });
  await until('it has looked', () => book.looks === 1);
  leaving.abort();
  await assert.rejects(gone);
  book.states.set('1002', 'NOTPAY');
  const staying = wait(scene, '1002');
  await until('the other has looked', () => book.looks === 2);
  book.ring('1001');
  book.settle('1002', 'SUCCESS');
  book.ring('1002');
  assert.equal(await staying, paid);
  assert.deepEqual(new Set(book.nets.flat()), new Set(['1002']));
});

test('a thousand payers of one gateway all hear of their payment', async (t) => {
  const book = new Book();
  const numbers = Array.from({ length: 1_000 }, (_, index) => String(2_000 + index));
  for (const number of numbers) book.states.set(number, 'NOTPAY');
  const env = { WAITING_PER_USER_MAX: '1000' };
  const scene = await Scene.start(t, { order: book.handlers }, env);
  await until('the bell is heard', () => book.watchers > 0);
  const waiting = numbers.map((number) => wait(scene, number));
  await until('all have looked', () => book.looks >= numbers.length, 60_000);
  for (const number of numbers) book.settle(number, 'SUCCESS');
  for (const number of numbers) book.ring(number);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([paid]));
});

test('what happens while a payer looks for the first time is looked at again', async (t) => {
  const book = new Book();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const { getPayment } = book.handlers;
  const slow = async (asked: { out_trade_no: string; user_id: string | null }) => {
    const seen = getPayment(asked);
    if (book.looks === 1) await held;
    return seen;
  };
  const scene = await Scene.start(t, { order: { ...book.handlers, getPayment: slow } });
  await until('the bell is heard', () => book.watchers > 0);
  const waiting = wait(scene);
  await until('it is looking', () => book.looks === 1);
  book.settle('1001', 'SUCCESS');
  book.ring('1001');
  await until('somebody has looked', () => book.nets.length > 0);
  letGo();
  assert.equal(await waiting, paid);
  assert.equal(book.looks, 2);
});

test('a user has so many places and no more, until one is free again', async (t) => {
  const book = new Book();
  for (const number of ['1002', '1003']) book.settle(number, 'NOTPAY');
  const env = { WAITING_PER_USER_MAX: '2' };
  const scene = await Scene.start(t, { order: book.handlers }, env);
  await until('the bell is heard', () => book.watchers > 0);
  const first = wait(scene);
  const stream = await EventReader.open(`${scene.url}/api/payments/1002/events`, await bearer());
  await until('both have looked', () => book.looks === 2);
  const headers = await bearer();
  for (const path of ['/pay/queryPayStatus?out_trade_no=1003', '/api/payments/1003/events']) {
    const refused = await scene.ask('GET', path, { headers });
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after'), '3');
    assert.equal((refused.json() as { code: string }).code, 'payment/too-many-waiting');
  }
  const berta = { headers: await bearer({ sub: 'berta' }) };
  const other = await scene.ask('GET', '/pay/queryPayStatus?out_trade_no=1003', berta);
  assert.deepEqual([other.status, other.text], [200, failed], 'another user has their own');
  stream.stop();
  book.settle('1003', 'SUCCESS');
  const now = () => scene.ask('GET', '/pay/queryPayStatus?out_trade_no=1003', { headers });
  await until('a place is free', async () => (await now()).status === 200);
  book.settle('1001', 'SUCCESS');
  book.ring('1001');
  assert.equal(await first, paid);
});

test('at shutdown whoever waits is told to ask again', async (t) => {
  const book = new Book();
  const scene = await Scene.start(t, { order: book.handlers });
  const waiting = wait(scene);
  await until('it has looked', () => book.looks === 1);
  await scene.gateway.close();
  assert.equal(await waiting, timedOut);
});
