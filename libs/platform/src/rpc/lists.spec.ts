import assert from 'node:assert/strict';
import { connect as connectPlain, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { TestCa, TlsFolder } from '../../../../test/support/rpc-tls';
import { until } from '../../../../test/support/until';
import { createLog, useNestLog } from '../log';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';
import { RpcTls } from './tls';

const text = z.string();
const shape = { summary: 'Part of a test.', input: text, output: text, limitMsMax: 60_000 };
const shop = service('shop', { pay: shape, all: { ...shape, list: true }, long: shape });

class ShopClient extends ClientOf(shop) {}

/** What is under way at a client, and waits at it, at most. */
const [inFlightMax, lineMax] = [8, 500];
const longText = 'x'.repeat(400_000);

/** Calls of `all` wait here until they are let go. */
const held: (() => void)[] = [];
let longCalls = 0;

@Serves(shop)
class ShopController {
  pay(words: string): string {
    return words;
  }

  async all(words: string): Promise<string> {
    await new Promise<void>((resolve) => held.push(resolve));
    return words;
  }

  long(): string {
    longCalls += 1;
    return longText;
  }
}

const ours = new TestCa('ours').identity();

for (const tls of [undefined, new RpcTls(new TlsFolder(ours).env)]) {
  describe(`long answers, ${tls ? 'by TLS' : 'in plain text'}`, () => {
    const strategy = { server: undefined as unknown as DrainingServer };
    let app: Awaited<ReturnType<typeof NestFactory.createMicroservice>>;
    let client: ShopClient;
    let port: number;

    before(async () => {
      useNestLog(createLog('spec', 'silent'));
      port = await freePort();
      strategy.server = new DrainingServer({ host: '127.0.0.1', port }, tls);
      const module = { module: class {}, controllers: [ShopController] };
      app = await NestFactory.createMicroservice(module, {
        strategy: strategy.server,
        abortOnError: false,
      });
      await app.listen();
      client = new ShopClient({ host: '127.0.0.1', port }, tls);
    });
    after(async () => {
      client.onApplicationShutdown();
      await app.close();
    });

    const connections = () =>
      new Promise<number>((resolve, reject) => {
        strategy.server
          .unwrap<Server>()
          .getConnections((error, count) => (error ? reject(error) : resolve(count)));
      });

    /** A peer that has asked for many long answers, and does not read. */
    async function deafPeer(calls: number) {
      const host = '127.0.0.1';
      const socket = tls ? connect({ port, host, ...ours }) : connectPlain(port, host);
      socket.pause();
      socket.on('error', () => undefined);
      longCalls = 0;
      for (let id = 0; id < calls; id += 1) {
        const frame = JSON.stringify({ id: String(id), pattern: 'shop.long', data: '' });
        socket.write(`${frame.length}#${frame}`);
      }
      await until('all are asked for', () => longCalls === calls);
      return socket;
    }

    test('lists that hang hold up lists only, and one too many is refused at once', async () => {
      const lists = Array.from({ length: inFlightMax + lineMax }, (_, number) =>
        client.all(String(number)),
      );
      await assert.rejects(client.all('too many'), { code: 'service/unavailable' });
      await until('some lists are under way', () => held.length === inFlightMax);
      assert.equal(await client.pay('money'), 'money');
      for (let next = 0; next < lists.length; next += 1) {
        await until('the next list is under way', () => held.length > 0);
        held.shift()?.();
      }
      const answers = lists.map((_, number) => String(number));
      assert.deepEqual(await Promise.all(lists), answers);
    });

    test('a slow reader is waited for: it gets every answer, however much they are', async () => {
      const socket = await deafPeer(60);
      let read = '';
      socket.on('data', (bytes) => {
        read += bytes;
      });
      socket.resume();
      await until('everything is read', () => read.split('"isDisposed":true').length > 60);
      assert.equal(read.split(longText).length, 61);
      assert.doesNotMatch(read, /"err"/);
      socket.destroy();
    });

    test('a peer that reads nothing at all is cut off, and nobody else is', async () => {
      const before = await connections();
      const socket = await deafPeer(60);
      assert.equal(await client.pay('beside it'), 'beside it');
      await until('it is cut off', async () => (await connections()) <= before);
      assert.equal(await client.pay('after it'), 'after it');
      socket.destroy();
    });
  });
}
