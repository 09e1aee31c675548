import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { NestFactory } from '@nestjs/core';
import { service } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import { pino } from 'pino';
import {
  EMPTY,
  firstValueFrom,
  NEVER,
  type Observable,
  shareReplay,
  startWith,
  toArray,
} from 'rxjs';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { until } from '../../../../test/support/until';
import { createLog, useNestLog } from '../log';
import { untaken } from '../taken';
import { currentTrace, inTrace, newTrace } from '../traces/trace';
import { ClientOf } from './client';
import { DrainingServer } from './server';
import { Serves } from './serves';
import { RpcSocket } from './socket';

const text = z.string().max(8);
const summary = 'Part of a test.';
const limitMsMax = 5_000;
const echo = service('echo', {
  say: { summary, input: text, output: text, limitMsMax },
  lie: { summary, input: text, output: z.any(), limitMsMax },
  hold: { summary, input: text, output: text, limitMsMax },
  trace: { summary, input: text, output: z.string(), limitMsMax },
  tell: { summary, input: text, output: text, limitMsMax, stream: true },
});
/** What a newer version of the service may have and this one has not. */
const newer = service('echo', { sing: { summary, input: text, output: text, limitMsMax } });

class EchoClient extends ClientOf(echo) {}
/** A method that answers with one value here, and with a stream there. */
const other = service('echo', { tell: { summary, input: text, output: text, limitMsMax } });

class OtherClient extends ClientOf(other) {}
class NewerClient extends ClientOf(newer) {}

const away = service('away', { sing: { summary, input: text, output: text, limitMsMax: 300 } });
class AwayClient extends ClientOf(away) {}

/** Calls of `hold` wait here until they are let go. */
const held: (() => void)[] = [];
let onHeld: () => void = () => undefined;

@Serves(echo)
class EchoController {
  say(words: string): string {
    if (words === 'no') throw new AppError('payment/not-found');
    if (words === 'bug') throw new Error('a secret of ours');
    return words;
  }

  lie(): unknown {
    return { amount: 1n };
  }

  async hold(words: string): Promise<string> {
    await new Promise<void>((resolve) => {
      held.push(resolve);
      onHeld();
    });
    if (words === 'no') throw new AppError('payment/not-found');
    return words;
  }

  /** In which it works, after a wait. */
  async trace(): Promise<string> {
    await null;
    return currentTrace() ?? 'none';
  }

  tell(words: string): Observable<string> {
    return words === '' ? EMPTY : NEVER.pipe(startWith(words));
  }
}

/** Sends bytes to the port; resolves when the service hangs up. */
async function hungUpAfter(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
}

const frame = (message: unknown) => {
  const body = JSON.stringify(message);
  return `${body.length}#${body}`;
};

describe('calls between services', () => {
  let app: Awaited<ReturnType<typeof NestFactory.createMicroservice>>;
  let client: EchoClient;
  let port: number;

  before(async () => {
    useNestLog(createLog('spec', 'silent'));
    port = await freePort();
    const module = { module: class {}, controllers: [EchoController] };
    app = await NestFactory.createMicroservice(module, {
      strategy: new DrainingServer({ host: '127.0.0.1', port }),
      abortOnError: false,
    });
    await app.listen();
    client = new EchoClient({ host: '127.0.0.1', port });
  });
  after(async () => {
    client.onApplicationShutdown();
    await app.close();
  });

  test('why a caller’s connection broke off is told in its own words', async () => {
    // First of all, since each reason is told once in a minute.
    const lines: { msg: string }[] = [];
    useNestLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
    const caller = connect(port, '127.0.0.1');
    const probe = JSON.stringify({ id: '1', pattern: 'probe' });
    caller.write(`${probe.length}#${probe}`);
    await once(caller, 'data');
    caller.resetAndDestroy();
    await until('it to be told', () => lines.length === 1);
    const stranger = connect(port, '127.0.0.1');
    await once(stranger, 'connect');
    stranger.write('8#a secret');
    await until('it to be told', () => lines.length === 2);
    stranger.destroy();
    // A taken port is the starter's trouble, and nobody's connection.
    const second = await NestFactory.createMicroservice(class {}, {
      strategy: new DrainingServer({ host: '127.0.0.1', port }),
      abortOnError: false,
    });
    const place = { host: '127.0.0.1', port };
    await assert.rejects(untaken('ECHO_RPC_LISTEN', place, second.listen()), {
      message: `ECHO_RPC_LISTEN: port ${port} of 127.0.0.1 is taken`,
    });
    useNestLog(createLog('spec', 'silent'));
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['ECONNRESET: read ECONNRESET', 'it sent what is no frame'].map(
        (why) => `a call, or the connection of a caller, broke off: ${why}`,
      ),
    );
  });

  test('an answer comes, an error keeps its code, and a bug tells nothing', async () => {
    assert.equal(await client.say('hello'), 'hello');
    await assert.rejects(client.say('no'), { code: 'payment/not-found' });
    await assert.rejects(client.say('bug'), (error: AppError) => {
      assert.equal(error.code, 'service/bug');
      assert.doesNotMatch(JSON.stringify(error.toWire()), /secret/);
      return true;
    });
  });

  test('each call is carried out in the trace of its caller', async () => {
    const traces = Array.from({ length: 20 }, newTrace);
    const seen = traces.map((trace) => inTrace(trace, () => client.trace('')));
    assert.deepEqual(await Promise.all(seen), traces);
    const own = await Promise.all([client.trace(''), client.trace('')]);
    assert.equal(new Set([...own, 'none', ...traces]).size, 23);
  });

  test('a caller that names no trace, or none that is one, is served in a new one', async () => {
    const caller = connect(port, '127.0.0.1');
    const seen = new Set<string | undefined>();
    for (const traceparent of [undefined, '', 7, null, 'nonsense', '00-0-0-00']) {
      caller.write(frame({ id: '1', pattern: 'echo.trace', data: '', traceparent }));
      const [answer] = await once(caller, 'data');
      seen.add(/"response":"00-([0-9a-f]{32})-[0-9a-f]{16}-00"/.exec(String(answer))?.[1]);
    }
    caller.destroy();
    assert.ok(seen.size === 6 && !seen.has(undefined), [...seen].join());
  });

  test('what is heard of a connection belongs to no call, not even to its first one', async () => {
    const server = createServer((connection) => {
      const socket = new RpcSocket(connection);
      socket.on('message', ({ id, pattern }: { id: string; pattern: string }) => {
        if (pattern === 'echo.tell') connection.destroy();
        else socket.sendMessage({ id, response: 'here', isDisposed: true });
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: at } = server.address() as AddressInfo;
    const caller = new EchoClient({ host: '127.0.0.1', port: at });
    await inTrace(newTrace(), () => caller.say('hello'));
    const seen = await new Promise((resolve) => {
      caller.tell('news').subscribe({ error: () => resolve(currentTrace()) });
    });
    assert.equal(seen, undefined);
    caller.onApplicationShutdown();
    server.close();
  });

  test('what does not fit the contract never reaches the method', async () => {
    await assert.rejects(client.say('much too long'), { code: 'request/invalid' });
    await assert.rejects(client.say(7 as never), { code: 'request/invalid' });
  });

  test('a method that the other version has is unavailable, not unknown for ever', async () => {
    const late = new NewerClient({ host: '127.0.0.1', port });
    await assert.rejects(late.sing('la'), { code: 'service/unavailable' });
    late.onApplicationShutdown();
    assert.equal(await client.say('still'), 'still');
  });

  test('a call that is never answered with anything is unavailable', async () => {
    const odd = new OtherClient({ host: '127.0.0.1', port });
    await assert.rejects(odd.tell(''), { code: 'service/unavailable' });
    odd.onApplicationShutdown();
  });

  test('why a service cannot be had is told once, in its own words', async () => {
    const lines: { msg: string }[] = [];
    useNestLog(pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }));
    const nobody = new AwayClient({ host: '127.0.0.1', port: await freePort() });
    for (const detail of [1, 2].map(() => 'the away service cannot be reached')) {
      await assert.rejects(nobody.sing('la'), { code: 'service/unavailable', detail });
    }
    nobody.onApplicationShutdown();
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port: mutePort } = mute.address() as AddressInfo;
    const deaf = new AwayClient({ host: '127.0.0.1', port: mutePort });
    await assert.rejects(deaf.sing('la'), { detail: 'the away service does not answer' });
    deaf.onApplicationShutdown();
    mute.close();
    useNestLog(createLog('spec', 'silent'));
    const told = lines.map(({ msg }) => msg.replace(/[0-9.]+:[0-9]+$/, 'there'));
    assert.deepEqual(told, [
      'the away service cannot be reached: ECONNREFUSED: connect ECONNREFUSED there',
      'the away service does not answer: ETIMEDOUT: away.sing was not answered in time',
    ]);
  });

  test('an answer that is no JSON fails its call alone', async () => {
    const [lie, truth] = await Promise.allSettled([client.lie('x'), client.say('true')]);
    assert.equal(lie.status === 'rejected' && lie.reason.code, 'service/bug');
    assert.equal(truth.status === 'fulfilled' && truth.value, 'true');
  });

  test('whoever sends what is no call of ours is cut off, and nobody else is', async () => {
    for (const bytes of [
      frame({ pattern: 'echo.say', data: 'an event has no id' }),
      frame({ id: '1', data: 'a call has a name' }),
      frame({ id: 1, pattern: { cmd: 'say' }, data: '' }),
      '5#{{{{{',
      'x#',
    ]) {
      await hungUpAfter(port, bytes);
    }
    assert.equal(await client.say('here'), 'here');
  });

  test('a stop finishes the calls in flight, ends the streams and takes no new call', async () => {
    const news = client.tell('news').pipe(shareReplay());
    const told = firstValueFrom(news.pipe(toArray()));
    await firstValueFrom(news);
    const areHeld = new Promise<void>((resolve) => {
      onHeld = () => held.length === 2 && resolve();
    });
    // It has been asked for, and may not have begun.
    const young = firstValueFrom(client.tell('young').pipe(toArray()));
    const answer = client.hold('kept');
    const refusal = client.hold('no');
    await areHeld;
    const closed = app.close();
    assert.deepEqual(await told, ['news']);
    await young;
    await assert.rejects(client.say('late'), { code: 'service/unavailable' });
    for (const letGo of held) letGo();
    assert.equal(await answer, 'kept');
    await assert.rejects(refusal, { code: 'payment/not-found' });
    await closed;
  });
});
