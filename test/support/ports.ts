import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the range that the system gives to outgoing connections, so that a server which is killed
 * finds its port free again when it restarts.
 */
const portMin = 10_000;
const blockSize = 50;
const blocks = 400;
const triesMax = 1_000;

/**
 * A port is free when it is drawn, not yet when a server takes it, and several suites run at once.
 * So each process draws from a block of its own: it listens at the block's first port until it
 * ends, and hands out the others once each.
 */
let next = 0;
let end = 0;

/** A port of 127.0.0.1 that nobody listens on, and that nobody else is given. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = next < end ? next++ : await firstOfNewBlock();
    const server = await listen(port);
    if (!server) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`no free port found in ${triesMax} tries`);
}

async function firstOfNewBlock(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const start = portMin + blockSize * randomInt(blocks);
    const guard = await listen(start);
    if (!guard) continue;
    guard.unref();
    [next, end] = [start + 2, start + blockSize];
    return start + 1;
  }
  throw new Error(`no free block of ports found in ${triesMax} tries`);
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

/** So many of them, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
