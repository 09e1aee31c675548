import 'reflect-metadata';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { ClientOf } from '@saoma/platform/rpc/client';
import { inTrace, newTrace } from '@saoma/platform/traces/trace';
import { firstValueFrom } from 'rxjs';
import { carriesOut } from '../support/carries-out';
import { echoService, payload } from '../support/echo-contract';
import { RawHttp } from '../support/raw-http';

// Calls an echo as fast as it answers: so many at once, for so long.

export interface EchoTask {
  readonly inFlight: number;
  readonly ms: number;
}
export interface EchoDone {
  readonly calls: number;
  readonly ms: number;
}

const { PORT = '', KIND = '' } = process.env;
const address = { host: '127.0.0.1', port: Number(PORT) };

/** Each caller's own way to make one call. */
const ways: Readonly<Record<string, () => () => Promise<unknown>>> = {
  ours: () => {
    const client = new (ClientOf(echoService))(address);
    return () => inTrace(newTrace(), () => client.echo(payload));
  },
  nest: () => {
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: address });
    return () => firstValueFrom(client.send('echo', payload));
  },
  http: () => {
    const idle: RawHttp[] = [];
    return async () => {
      const http = idle.pop() ?? new RawHttp(`http://127.0.0.1:${PORT}`);
      const body = JSON.stringify(payload);
      const { text } = await http.ask({ method: 'POST', path: '/', body });
      idle.push(http);
      return JSON.parse(text);
    };
  },
};

const call = ways[KIND]?.();
if (!call) throw new Error(`there is no way ${KIND}`);

async function run({ inFlight, ms }: EchoTask): Promise<EchoDone> {
  let calls = 0;
  const startedMs = performance.now();
  const endMs = startedMs + ms;
  const caller = async () => {
    while (performance.now() < endMs) {
      await call?.();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { calls, ms: performance.now() - startedMs };
}

carriesOut(run);
