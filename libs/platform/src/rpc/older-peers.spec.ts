import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { until } from '../../../../test/support/until';
import { probePattern, RpcSocket } from './socket';
import { EchoClient, EchoInstance } from './spec-kit';

test('a caller that does not know the notice of a stop is served to the end, as ever', async () => {
  const instance = await EchoInstance.start('a');
  const options = { transport: Transport.TCP, options: instance.address } as const;
  const caller = ClientProxyFactory.create(options);
  const held = firstValueFrom(caller.send('echo.write', 'hold'));
  await until('it is held', () => instance.held.length === 1);
  const stop = instance.stop();
  await assert.rejects(firstValueFrom(caller.send('echo.write', 'late')), (refusal: object) => {
    const { code, detail } = refusal as Record<string, unknown>;
    assert.deepEqual({ code, detail }, { code: 'service/unavailable', detail: 'shutting down' });
    return true;
  });
  instance.letGo();
  assert.equal(await held, 'a');
  await stop;
  assert.deepEqual(instance.done, ['hold']);
  caller.close();
  await instance.end();
});

/** A service that refuses everything because it stops, and does not say that nothing was done. */
async function olderService() {
  const err = { code: 'service/unavailable', detail: 'shutting down' };
  const server = createServer((connection) => {
    const socket = new RpcSocket(connection);
    socket.on('message', ({ id, pattern }: { id: string; pattern: string }) => {
      const answer = pattern === probePattern ? { response: {} } : { err };
      socket.sendMessage({ id, ...answer, isDisposed: true });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

test('a refusal that does not say that nothing was done leaves a write unknown', async () => {
  const { server, port } = await olderService();
  const instance = await EchoInstance.start('a');
  const client = new EchoClient([{ host: '127.0.0.1', port }, instance.place]);
  const answers: string[] = [];
  for (let calls = 0; calls < 6; calls += 1) {
    answers.push(await client.write('hello').catch(({ detail }) => detail));
    assert.equal(await client.read('hello'), 'a');
  }
  assert.deepEqual([...new Set(answers)].sort(), ['a', 'shutting down']);
  client.onApplicationShutdown();
  await instance.end();
  server.close();
});
