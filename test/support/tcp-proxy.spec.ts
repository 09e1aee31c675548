import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test, { after, before, beforeEach, describe } from 'node:test';
import { freePort } from './ports';
import { TcpProxy } from './tcp-proxy';
import { within } from './until';

describe('the proxy does to an echo server what its method says', () => {
  const heard: string[] = [];
  const accepted: Socket[] = [];
  const echo = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard.push(String(bytes));
      socket.write(bytes);
    });
  });
  let proxy: TcpProxy;
  const sockets: Socket[] = [];

  before(async () => {
    const port = await freePort();
    echo.listen(port, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start(port);
  });
  beforeEach(() => {
    proxy.heal();
    heard.length = 0;
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await proxy.stop();
    echo.close();
  });

  /** A connection: `next` gives the next chunk or the code of the error that ended it. */
  async function open() {
    const socket = connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    const chunks: string[] = [];
    let ended: string | undefined;
    let wake: () => void = () => undefined;
    const tell = (what: () => void) => {
      what();
      wake();
    };
    socket.on('data', (bytes) => tell(() => void chunks.push(String(bytes))));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      tell(() => {
        ended = error.code;
      });
    });
    const next = async (): Promise<string | undefined> => {
      while (chunks.length === 0 && ended === undefined) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await within('the next chunk', woken, 5_000);
      }
      return chunks.shift() ?? ended;
    };
    const say = (text: string) => void socket.write(text);
    return { say, next, chunks };
  }

  /** There and back to the echo server, on another way. */
  async function goAround(text: string): Promise<void> {
    const around = await TcpProxy.start((echo.address() as AddressInfo).port);
    const third = connect(around.port, '127.0.0.1');
    third.write(text);
    await once(third, 'data');
    third.destroy();
    await around.stop();
  }

  test('bytes pass both ways', async () => {
    const peer = await open();
    peer.say('hello');
    assert.equal(await peer.next(), 'hello');
  });

  test('a black hole swallows what is sent, and the connection stays', async () => {
    const peer = await open();
    peer.say('before');
    assert.equal(await peer.next(), 'before');
    proxy.blackHole();
    peer.say('lost');
    const other = await open();
    other.say('also lost');
    proxy.refuse();
    assert.equal(await peer.next(), 'ECONNRESET');
    assert.deepEqual(heard, ['before']);
  });

  test('a black hole does not tell that the other end has gone', async () => {
    const peer = await open();
    peer.say('before');
    assert.equal(await peer.next(), 'before');
    proxy.blackHole();
    const gone = accepted.map((socket) => socket.destroyed || once(socket.destroy(), 'close'));
    await Promise.all(gone);
    // What goes another way is there when the end has been heard of.
    await goAround('around');
    proxy.reset();
    assert.equal(await peer.next(), 'ECONNRESET');
  });

  test('what is sent while it is frozen arrives when it is healed', async () => {
    const peer = await open();
    peer.say('before');
    assert.equal(await peer.next(), 'before');
    proxy.freeze();
    const other = await open();
    peer.say('late');
    other.say('late too');
    // What goes another way overtakes it.
    await goAround('early');
    assert.equal(heard.at(-1), 'early');
    assert.ok(!heard.includes('late') && !heard.includes('late too'));
    proxy.heal();
    assert.equal(await peer.next(), 'late');
    assert.equal(await other.next(), 'late too');
  });

  test('refused connections are reset, also the new ones, until it is healed', async () => {
    proxy.refuse();
    const peer = await open();
    assert.equal(await peer.next(), 'ECONNRESET');
    proxy.heal();
    const later = await open();
    later.say('again');
    assert.equal(await later.next(), 'again');
  });

  test('a cut answer: the server has heard it, the caller never learns', async () => {
    const peer = await open();
    const cut = proxy.cutNextAnswer();
    peer.say('do it');
    assert.equal(await peer.next(), 'ECONNRESET');
    await cut;
    assert.deepEqual(heard, ['do it']);
    const later = await open();
    later.say('again');
    assert.equal(await later.next(), 'again');
  });

  test('a connection is reset after the given number of chunks', async () => {
    const peer = await open();
    proxy.cutAfter(3);
    peer.say('one');
    assert.equal(await peer.next(), 'one');
    peer.say('two');
    assert.equal(await peer.next(), 'ECONNRESET');
    assert.deepEqual(heard, ['one', 'two']);
  });

  test('delayed bytes arrive in their order', async () => {
    const peer = await open();
    proxy.delay(20);
    peer.say('a');
    assert.equal(await peer.next(), 'a');
    peer.say('b');
    assert.equal(await peer.next(), 'b');
  });
});
