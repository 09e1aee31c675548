import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { firstValueFrom } from 'rxjs';
import type { Identity } from '../../../../test/support/rpc-tls';
import { until, within } from '../../../../test/support/until';
import {
  ca,
  closed,
  Echo,
  foreign,
  good,
  hearLog,
  isTold,
  lines,
  said,
  silenceLog,
  tlsOf,
} from './tls.spec-kit';

beforeEach(hearLog);
after(silenceLog);

describe('calls over mutual TLS', () => {
  let service: Echo;
  before(async () => {
    silenceLog();
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
    await within('the refusal', closed(socket));
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
    await within('the end of their time', closed(mute));
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
    // Whatever a name leads to, the certificate is for the name.
    const elsewhere = await new Echo(tlsOf(ca.identity({ called: ['localhost'] }))).start();
    assert.equal(await elsewhere.client(tlsOf(good), 'localhost').say('by name'), 'by name');
    said.length = 0;
    await assert.rejects(elsewhere.client(tlsOf(good)).say('b'), { code: 'service/unavailable' });
    await isTold(/cannot be reached: ERR_TLS_CERT_ALTNAME_INVALID: IP: 127.0.0.1 is not in/);
    await elsewhere.stop();
    assert.deepEqual(said, []);
  });
});

describe('a service without TLS', () => {
  let service: Echo;
  before(async () => {
    silenceLog();
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
