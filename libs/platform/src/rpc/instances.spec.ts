import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { firstValueFrom, lastValueFrom, type Observable, shareReplay } from 'rxjs';
import { until, within } from '../../../../test/support/until';
import { notNow, probePattern, RpcSocket } from './socket';
import { EchoClient, EchoInstance } from './spec-kit';

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A stream that has begun: where, and how it ends. */
async function begun(stream: Observable<string>) {
  const values = stream.pipe(shareReplay());
  const ends = lastValueFrom(values);
  ends.catch(() => undefined);
  return { name: await firstValueFrom(values), ends };
}

describe('two instances of a service', () => {
  let a: EchoInstance;
  let b: EchoInstance;
  let client: EchoClient;
  let calls = 0;

  before(async () => {
    [a, b] = [await EchoInstance.start('a'), await EchoInstance.start('b')];
    client = new EchoClient([a.place, b.place]);
  });
  afterEach(async () => {
    for (const one of [a, b]) {
      one.letGo();
      one.way.heal();
    }
    await isUsed(a);
    await isUsed(b);
  });
  after(async () => {
    client.onApplicationShutdown();
    await Promise.all([a.end(), b.end()]);
  });

  /** A write that nobody else makes. */
  const write = (words = '') => {
    calls += 1;
    return client.write(`${words} ${calls}`);
  };
  const isUsed = (one: EchoInstance) =>
    until(`${one.name} is called`, async () => (await write()) === one.name);
  const isLeftOut = (one: EchoInstance) =>
    until(`${one.name} is left out`, async () => {
      const answers = await Promise.all(times(10).map(() => client.read('')));
      return !answers.includes(one.name);
    });
  /** How often each was carried out, by anybody. */
  const timesDone = (words: string) =>
    [...a.done, ...b.done].filter((done) => done === words).length;
  /** A call that waits there for its answer. */
  const holdAt = async (one: EchoInstance, method: 'write' | 'read') => {
    const before = one.held.length;
    for (;;) {
      calls += 1;
      const words = `hold ${calls}`;
      const answer = client[method](words);
      answer.catch(() => undefined);
      await until('it is held', () => [...a.done, ...b.done].includes(words));
      if (one.held.length === before) continue;
      // Those that came first went to the other one.
      (one === a ? b : a).letGo();
      return { answer, words };
    }
  };

  test('share calls, lists and streams', async () => {
    for (const ask of [
      () => client.write(''),
      () => client.read(''),
      () => client.list(''),
      () => firstValueFrom(client.tell('')),
    ]) {
      const answers: string[] = [];
      for (const _ of times(6)) answers.push(await ask());
      assert.deepEqual(answers.sort(), ['a', 'a', 'a', 'b', 'b', 'b']);
    }
  });

  test('the one with fewer calls under way is called', async () => {
    const { answer } = await holdAt(a, 'write');
    for (const _ of times(5)) assert.equal(await write(), 'b');
    a.letGo();
    assert.equal(await answer, 'a');
  });

  test('one that refuses connections costs no call, and comes back by itself', async () => {
    a.way.refuse();
    // What was just sent to it may be lost with its connection.
    await until('it is known', () => write().then(() => true));
    for (const _ of times(10)) assert.equal(await write(), 'b');
    a.way.heal();
    await isUsed(a);
  });

  test('a write whose answer is lost is never made again, a read is', async () => {
    const [lost, kept] = [await holdAt(a, 'write'), await holdAt(a, 'read')];
    a.way.reset();
    await assert.rejects(lost.answer, { code: 'service/unavailable' });
    await until('the read is asked for at b', () => b.held.length === 1);
    b.letGo();
    assert.equal(await kept.answer, 'b');
    assert.equal(timesDone(lost.words), 1);
    assert.equal(timesDone(kept.words), 2);
  });

  test('one that goes silent is left out; what it holds of reads is asked elsewhere', async () => {
    const [lost, kept] = [await holdAt(a, 'write'), await holdAt(a, 'read')];
    a.way.blackHole();
    await isLeftOut(a);
    await until('the read is asked for at b', () => b.held.length === 1);
    b.letGo();
    assert.equal(await kept.answer, 'b');
    await assert.rejects(lost.answer, { code: 'service/unavailable' });
    assert.equal(timesDone(lost.words), 1);
  });

  test('one that freezes is left out before its calls are lost, and comes back', async () => {
    const { answer, words } = await holdAt(a, 'write');
    a.way.freeze();
    await isLeftOut(a);
    a.way.heal();
    a.letGo();
    assert.equal(await answer, 'a');
    await isUsed(a);
    assert.equal(timesDone(words), 1);
  });

  test('of a crowd a silent one gets few, and all others are answered by the other', async () => {
    a.way.freeze();
    const reads = times(300).map(async (index) => client.read(String(index)));
    assert.deepEqual(new Set(await Promise.all(reads)), new Set(['b']));
  });

  test('streams of a silent one end, and are asked for again elsewhere', async () => {
    const streams = [await begun(client.tell('')), await begun(client.tell(''))];
    assert.deepEqual(streams.map(({ name }) => name).sort(), ['a', 'b']);
    a.way.freeze();
    const ofA = streams.find(({ name }) => name === 'a');
    await assert.rejects(ofA?.ends ?? Promise.resolve(), { code: 'service/unavailable' });
    assert.equal(await firstValueFrom(client.tell('')), 'b');
  });

  test('one that stops tells so: no call fails, none is made twice, all are finished', async () => {
    const { answer, words } = await holdAt(a, 'write');
    let stopped = false;
    const stop = a.stop().then(() => {
      stopped = true;
    });
    const answers = await Promise.all(times(300).map(() => write()));
    assert.deepEqual(new Set(answers), new Set(['b']));
    assert.equal(stopped, false);
    a.letGo();
    assert.equal(await answer, 'a');
    await stop;
    for (const _ of times(10)) assert.equal(await write(), 'b');
    await a.start();
    await isUsed(a);
    assert.equal(timesDone(words), 1);
  });

  test('stops under load, again and again, cost no call', async () => {
    let goesOn = true;
    const caller = async () => {
      while (goesOn) await write();
    };
    const callers = Promise.all(times(8).map(caller));
    for (const one of [a, b]) {
      await one.stop();
      await one.start();
      await isUsed(one);
    }
    goesOn = false;
    await callers;
  });

  test('one that leaves is sent nothing more, also if nobody else is there', async () => {
    const written: unknown[] = [];
    const leaver = createServer((connection) => {
      const socket = new RpcSocket(connection);
      const answer = (id: string, response: unknown) =>
        socket.sendMessage({ id, response, isDisposed: true });
      socket.on('message', ({ id, pattern, data }) => {
        answer(id, 'left');
        if (pattern === probePattern) return;
        written.push(data);
        answer(probePattern, notNow);
      });
    });
    leaver.listen(0, '127.0.0.1');
    await once(leaver, 'listening');
    const { port } = leaver.address() as AddressInfo;
    const caller = new EchoClient({ host: '127.0.0.1', port });
    assert.equal(await caller.write('first'), 'left');
    leaver.close();
    await within('the end of its connection', once(leaver, 'close'));
    await assert.rejects(caller.write('second'), { detail: 'the echo service cannot be reached' });
    assert.deepEqual(written, ['first']);
    caller.onApplicationShutdown();
  });

  test('one that ends its connections before it has answered costs no call', async () => {
    const gone = createServer((way) => way.once('data', () => way.resetAndDestroy()));
    gone.listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    const caller = new EchoClient([{ host: '127.0.0.1', port }, a.place]);
    for (const _ of times(6)) assert.equal(await caller.write(''), 'a');
    caller.onApplicationShutdown();
    gone.close();
  });

  test('one that says that it cannot work is left out, unless nobody can', async () => {
    a.isWell = false;
    await isLeftOut(a);
    b.isWell = false;
    await isUsed(a);
    a.isWell = true;
    await isLeftOut(b);
    b.isWell = true;
  });

  test('what is done while it is awaited is not begun for a caller who has left', async () => {
    const send = (method: string, data: string) => {
      const frame = JSON.stringify({ id: '1', pattern: `echo.${method}`, data });
      const way = connect(a.address.port, a.address.host, () => {
        way.write(`${frame.length}#${frame}`);
        way.destroy();
      });
      return once(way, 'close');
    };
    await send('make', 'nobody waits');
    await send('read', 'nobody waits either');
    await until('the second', () => a.done.includes('nobody waits either'));
    await client.make('somebody waits');
    assert.ok(!a.done.includes('nobody waits'));
  });
});
