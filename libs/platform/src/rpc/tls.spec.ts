import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Server as NetServer } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { pino } from 'pino';
import { firstValueFrom, NEVER, type Observable, startWith } from 'rxjs';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { type Identity, newKey, TestCa, TlsFolder } from '../../../../test/support/rpc-tls';
import { until } from '../../../../test/support/until';
import { createLog, useNestLog } from '../log';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';
import { RpcTls } from './tls';

const text = z.string();
const shape = { summary: 'Part of a test.', input: text, output: text, limitMsMax: 20_000 };
const echo = service('echo', {
  say: shape,
  all: { ...shape, list: true },
  tell: { ...shape, stream: true },
});

class EchoClient extends ClientOf(echo) {}

let said: string[] = [];

@Serves(echo)
class EchoController {
  say(words: string): string {
    said.push(words);
    return words;
  }

  all(words: string): string {
    return words;
  }

  tell(words: string): Observable<string> {
    return NEVER.pipe(startWith(words));
  }
}

/** A server with its files, in this process; `tls` undefined: without TLS. */
class Echo {
  private app!: Awaited<ReturnType<typeof NestFactory.createMicroservice>>;
  private readonly clients: EchoClient[] = [];
  server!: DrainingServer;
  port = 0;

  constructor(readonly tls: RpcTls | undefined) {}

  async start(): Promise<this> {
    this.port = await freePort();
    this.server = new DrainingServer({ host: '127.0.0.1', port: this.port }, this.tls);
    const module = { module: class {}, controllers: [EchoController] };
    this.app = await NestFactory.createMicroservice(module, {
      strategy: this.server,
      abortOnError: false,
    });
    await this.app.listen();
    return this;
  }

  client(tls: RpcTls | undefined, host = '127.0.0.1'): EchoClient {
    const client = new EchoClient({ host, port: this.port }, tls);
    this.clients.push(client);
    return client;
  }

  connections(): Promise<number> {
    const server = this.server.unwrap<NetServer>();
    return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.onApplicationShutdown();
    await this.app.close();
  }
}

const ca = new TestCa('ours');
const foreign = new TestCa('another one');
const good = ca.identity();
const tlsOf = (identity: Identity) => new RpcTls(new TlsFolder(identity).env);
/** What the log has been told. */
let lines: { readonly msg: string; readonly level: number }[] = [];
const isTold = (words: RegExp) => until(`${words}`, () => lines.some(({ msg }) => words.test(msg)));

beforeEach(() => {
  lines = [];
  said = [];
  useNestLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
});
after(() => useNestLog(createLog('spec', 'silent')));

describe('calls over mutual TLS', () => {
  let service: Echo;
  before(async () => {
    useNestLog(createLog('spec', 'silent'));
    service = await new Echo(tlsOf(good)).start();
  });
  after(() => service.stop());

  /** What somebody hears who says something; `tls` undefined: in plain text. */
  async function stranger(tls?: ConnectionOptions): Promise<string> {
    const { port } = service;
    const host = '127.0.0.1';
    const options = { port, host, checkServerIdentity: () => undefined, ...tls };
    const socket = tls ? connect(options) : connectPlain(port, host);
    let heard = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    const frame = JSON.stringify({ id: '1', pattern: 'echo.say', data: 'order 4711' });
    socket.write(`${frame.length}#${frame}`);
    await new Promise((resolve) => socket.once('close', resolve));
    return heard;
  }

  test('work as without: calls, lists and streams, by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = service.client(tlsOf(ca.identity()), host);
      const many = await Promise.all(['a', 'b', 'c'].map((words) => client.say(words)));
      assert.deepEqual(many, ['a', 'b', 'c']);
      assert.equal(await client.all('list'), 'list');
      assert.equal(await firstValueFrom(client.tell('news')), 'news');
      const long = 'x'.repeat(500_000);
      assert.equal(await client.say(long), long);
    }
    assert.deepEqual(lines, []);
  });

  test('are not made by strangers, who hear nothing, and the log tells why', async () => {
    const { cert, key } = ca.identity({ days: [-20, -1] });
    const early = ca.identity({ days: [1, 2] });
    const others = foreign.identity();
    const pair = ({ cert, key }: Identity) => ({ cert, key });
    const strangers: readonly (readonly [ConnectionOptions | undefined, string])[] = [
      [{ ca: ca.pem }, 'it has shown no certificate'],
      [{ ca: ca.pem, ...pair(others) }, 'its certificate is of no CA in RPC_TLS_CA'],
      [{ ca: ca.pem, cert, key }, 'its certificate has ended'],
      [{ ca: ca.pem, ...pair(early) }, 'its certificate is not valid yet'],
      [undefined, 'it does not speak TLS'],
      [{ ca: ca.pem, ...pair(good), maxVersion: 'TLSv1.2' }, 'unsupported protocol'],
    ];
    for (const [options, why] of strangers) {
      assert.equal(await stranger(options), '');
      await isTold(new RegExp(`^a caller was refused: [A-Z0-9_]+: ${why}$`));
    }
    assert.deepEqual(said, []);
  });

  test('are not held up by somebody who says nothing, and who has a place for a time', async () => {
    const mute = connectPlain(service.port, '127.0.0.1');
    await once(mute, 'connect');
    assert.equal(await service.client(tlsOf(good)).say('beside it'), 'beside it');
    await once(mute, 'close');
    await isTold(/^a caller was refused: ERR_TLS_HANDSHAKE_TIMEOUT: no TLS handshake in time$/);
  });

  test('nobody is told of those who only ask whether it listens', async () => {
    const before = await service.connections();
    const probe = connectPlain(service.port, '127.0.0.1');
    await once(probe, 'connect');
    probe.end();
    await once(probe, 'close');
    await until('it is gone', async () => (await service.connections()) <= before);
    assert.deepEqual(lines, []);
  });

  test('are refused by a caller who believes another CA, or calls another name', async () => {
    const unbelieving = service.client(tlsOf({ ...good, ...foreign.identity() }));
    await assert.rejects(unbelieving.say('a'), { code: 'service/unavailable' });
    await isTold(/cannot be reached: [A-Z_]+: its certificate is of no CA in RPC_TLS_CA$/);
    const elsewhere = await new Echo(tlsOf(ca.identity({ called: ['order-service'] }))).start();
    await assert.rejects(elsewhere.client(tlsOf(good)).say('b'), { code: 'service/unavailable' });
    await isTold(/cannot be reached: ERR_TLS_CERT_ALTNAME_INVALID: IP: 127.0.0.1 is not in/);
    await elsewhere.stop();
    assert.deepEqual(said, []);
  });
});

describe('a service without TLS', () => {
  let service: Echo;
  before(async () => {
    useNestLog(createLog('spec', 'silent'));
    service = await new Echo(undefined).start();
  });
  after(() => service.stop());

  test('is not called by one that wants TLS', async () => {
    const client = service.client(tlsOf(good));
    await assert.rejects(client.say('a secret'), { code: 'service/unavailable' });
    await isTold(/^the echo service cannot be reached: (ECONNRESET|ETIMEDOUT): .*TLS/);
    assert.deepEqual(said, []);
  });
});

describe('files that change', () => {
  const [theirs, own] = [new TlsFolder(good), new TlsFolder(good)];
  const [server, caller] = [new RpcTls(theirs.env), new RpcTls(own.env)];
  const both = [
    { folder: theirs, tls: server },
    { folder: own, tls: caller },
  ];
  let service: Echo;
  before(async () => {
    useNestLog(createLog('spec', 'silent'));
    service = await new Echo(server).start();
  });
  after(() => service.stop());
  afterEach(() => {
    for (const { folder, tls } of both) {
      folder.put(good);
      tls.look();
    }
  });
  const put = (identity: (one: Identity) => Identity) => {
    for (const { folder, tls } of both) {
      folder.put(identity(ca.identity()));
      tls.look();
    }
  };

  test('are for new connections, at either end, and open ones live on', async () => {
    const open = service.client(caller);
    await open.say('open');
    const count = await service.connections();
    put((one) => one);
    await isTold(/^RPC_TLS_\* are read again; the certificate ends at /);
    assert.equal(await open.say('still'), 'still');
    assert.equal(await service.connections(), count);
    assert.equal(await service.client(caller).say('new'), 'new');
    assert.equal(server.serverOptions.cert === good.cert, false);
  });

  test('change the CA in steps, without a call that fails', async () => {
    const open = service.client(caller);
    const works = async () => {
      assert.equal(await open.say('open'), 'open');
      const fresh = service.client(caller);
      assert.equal(await fresh.say('fresh'), 'fresh');
      fresh.onApplicationShutdown();
    };
    await works();
    const next = new TestCa('ours, the next');
    const bundle = `${ca.pem}${next.pem}`;
    for (const step of [
      (one: Identity) => ({ ...one, ca: bundle }),
      () => ({ ...next.identity(), ca: bundle }),
    ]) {
      // One service after the other, in either order.
      for (const { folder, tls } of both) {
        folder.put(step(ca.identity()));
        tls.look();
        await works();
      }
    }
    // Whoever has shown a certificate of the old CA is believed no more.
    for (const { folder, tls } of both) {
      folder.put(next.identity());
      tls.look();
      await until('the open line is made anew', () => open.say('a').catch(() => undefined));
      await works();
    }
    await isTold(/connections ended: RPC_TLS_CA does not name their CA any more/);
    await assert.rejects(service.client(tlsOf(good)).say('old'), { code: 'service/unavailable' });
  });

  test('are told of once and not taken while they do not fit together', async () => {
    const open = service.client(caller);
    const others = ca.identity({ key: newKey() });
    theirs.put({ ...good, key: others.key });
    server.look();
    assert.deepEqual(lines, [], 'what is just being written is looked at again first');
    for (const _ of [1, 2, 3]) server.look();
    const told = lines.map(({ msg }) => msg);
    const why = 'RPC_TLS_KEY must be the key of the certificate in RPC_TLS_CERT';
    assert.deepEqual(told, [`what RPC_TLS_* name is not taken: ${why}`]);
    assert.equal(await open.say('still'), 'still');
    theirs.put(others);
    server.look();
    assert.equal(await service.client(caller).say('new'), 'new');
  });

  test('are missed once nine tenths of a certificate’s time are over', () => {
    theirs.put(ca.identity({ days: [-19, 1] }));
    for (const _ of [1, 2, 3]) server.look();
    const told = lines.map(({ msg }) => msg.replace(/ at .*/, ''));
    const end = 'the certificate in RPC_TLS_CERT ends';
    assert.deepEqual(told, ['RPC_TLS_* are read again; the certificate ends', end]);
  });
});
