import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { firstValueFrom, lastValueFrom, NEVER, type Observable, startWith, tap } from 'rxjs';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until, within } from '../../../../test/support/until';
import { createLog, useNestLog } from '../log';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';

const text = z.string();
const shape = { summary: 'Part of a test.', input: text, output: text };
const echo = service('echo', {
  say: { ...shape, limitMsMax: 1_000 },
  hold: { ...shape, limitMsMax: 60_000 },
  tell: { ...shape, limitMsMax: 60_000, stream: true },
});

class EchoClient extends ClientOf(echo) {}

/** A call of `hold` waits here until it is let go. */
let letGo: () => void = () => undefined;

@Serves(echo)
class EchoController {
  say(words: string): string {
    return words;
  }

  async hold(words: string): Promise<string> {
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return words;
  }

  tell(words: string): Observable<string> {
    return NEVER.pipe(startWith(words));
  }
}

describe('a connection that lives but leads nowhere', () => {
  let app: Awaited<ReturnType<typeof NestFactory.createMicroservice>>;
  let proxy: TcpProxy;
  let client: EchoClient;

  before(async () => {
    useNestLog(createLog('spec', 'silent'));
    const address = { host: '127.0.0.1', port: await freePort() };
    const module = { module: class {}, controllers: [EchoController] };
    const strategy = new DrainingServer(address);
    app = await NestFactory.createMicroservice(module, { strategy, abortOnError: false });
    await app.listen();
    proxy = await TcpProxy.start(address.port);
    client = new EchoClient({ host: '127.0.0.1', port: proxy.port });
  });
  beforeEach(() => proxy.heal());
  after(async () => {
    client.onApplicationShutdown();
    await proxy.stop();
    await app.close();
  });

  const answers = (words: string) =>
    client.say(words).then(
      (answer) => answer === words,
      () => false,
    );

  test('costs one call its answer, and the next one takes a new connection', async () => {
    assert.equal(await client.say('before'), 'before');
    proxy.silence();
    await assert.rejects(client.say('lost'), {
      code: 'service/unavailable',
      detail: 'the echo service does not answer',
    });
    assert.equal(await client.say('found'), 'found');
  });

  test('is noticed without any call: its stream ends long before its time', async () => {
    const news = client.tell('news').pipe(tap(() => proxy.silence()));
    await assert.rejects(lastValueFrom(news), { code: 'service/unavailable' });
    assert.equal(await client.say('again'), 'again');
  });

  test('is noticed while a call waits that may take long: the call ends', async () => {
    await client.say('before');
    const long = client.hold('long');
    proxy.silence();
    await within('the end of the call', assert.rejects(long, { code: 'service/unavailable' }));
    assert.equal(await client.say('again'), 'again');
  });

  test('is left while every way is silent, and found again when one is not', async () => {
    assert.equal(await client.say('before'), 'before');
    proxy.blackHole();
    assert.equal(await answers('lost'), false);
    assert.equal(await answers('lost too'), false);
    proxy.heal();
    await until('the service is found again', () => answers('found'));
  });

  test('a slow call beside a lost one keeps its connection until it is answered', async () => {
    const slow = client.hold('slow');
    await firstValueFrom(client.tell('open'));
    proxy.delay(1_500);
    await assert.rejects(client.say('too late'), { code: 'service/unavailable' });
    proxy.heal();
    assert.equal(await client.say('quick'), 'quick');
    letGo();
    assert.equal(await slow, 'slow');
  });

  test('one that is refused is told from one that is silent', async () => {
    const nobody = new EchoClient({ host: '127.0.0.1', port: await freePort() });
    await assert.rejects(nobody.say('hello'), { detail: 'the echo service cannot be reached' });
    nobody.onApplicationShutdown();
  });
});
