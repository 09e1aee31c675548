import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Child } from './child';
import { temporaryFolder } from './folders';
import { program } from './machine';
import { freePort } from './ports';
import { type App, ownBuild } from './processes';
import { until } from './until';

/** Joins every connection to a socket of this name with a new one to a port of the same place. */
const passOn = `
  const { connect, createServer } = require('node:net');
  const [, path, port] = process.argv;
  createServer((one) => {
    const other = connect(Number(port), '127.0.0.1');
    for (const [from, to] of [[one, other], [other, one]]) {
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  }).listen(path);`;

const ip = (...args: readonly string[]) => execFileSync(program('ip'), args);

/** A machine as far as the network is concerned, with an address on the wire. */
export class Place {
  private readonly children: Child[] = [];
  private readonly ways = new Set<Socket>();

  constructor(
    readonly namespace: string,
    readonly address: string,
  ) {}

  /** A service of ours that runs there, and is ready. */
  async service(app: App, env: Readonly<Record<string, string>>): Promise<Child> {
    const file = join(ownBuild, 'apps', app, 'src', 'main.js');
    const child = this.begin({ name: app, file, env, fork: true });
    await child.says('ready');
    return child;
  }

  /** What a script of Node prints that runs there to its end. */
  run(script: string, ...args: readonly string[]): string {
    const [file = '', ...first] = this.by;
    const all = [...first, process.execPath, '-e', script, ...args];
    return execFileSync(file, all, { encoding: 'utf8', timeout: 20_000 });
  }

  /** An address by which the tests, which are elsewhere, reach a port of it. */
  async wayTo(port: number): Promise<string> {
    const path = join(temporaryFolder('way'), 'socket');
    const args = ['-e', passOn, path, String(port)];
    this.begin({ name: 'way', file: process.execPath, args });
    await until('the way is open', () => existsSync(path));
    const server = createServer((one) => {
      const other = connect(path);
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        this.ways.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => this.ways.delete(from));
        from.pipe(to);
      }
    });
    const own = await freePort();
    await once(server.listen(own, '127.0.0.1').unref(), 'listening');
    return `http://127.0.0.1:${own}`;
  }

  async stop(): Promise<void> {
    for (const way of this.ways) way.destroy();
    await Promise.all(this.children.map((child) => child.end('SIGKILL')));
  }

  private get by(): string[] {
    return [program('ip'), 'netns', 'exec', this.namespace];
  }

  private begin(command: ConstructorParameters<typeof Child>[0]): Child {
    const child = new Child({ ...command, by: this.by });
    this.children.push(child);
    return child;
  }
}

/** Places, each with a network of its own, on one wire that is written along. Root may lay it. */
export class Wire {
  readonly places: readonly Place[];
  private readonly namespaces: string[] = [];
  private readonly switch: string;
  private readonly written: Buffer[] = [];
  private writer: ChildProcess | undefined;

  private constructor(count: number) {
    process.once('exit', () => this.remove());
    this.switch = this.namespace('switch');
    ip('-n', this.switch, 'link', 'add', 'wire', 'type', 'bridge');
    ip('-n', this.switch, 'link', 'set', 'wire', 'up');
    this.places = Array.from({ length: count }, (_, index) => this.plugIn(index + 1));
  }

  static async lay(count: number): Promise<Wire> {
    const wire = new Wire(count);
    await wire.write();
    return wire;
  }

  /** Whether these bytes have gone over the wire since it was cleared, in one packet. */
  has(words: string): boolean {
    return Buffer.concat(this.written).includes(words);
  }

  clear(): void {
    this.written.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.all(this.places.map((place) => place.stop()));
    this.remove();
  }

  private plugIn(number: number): Place {
    const name = this.namespace(String(number));
    const [here, address] = [`to-${number}`, `10.99.0.${number}`];
    const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', name];
    ip('-n', this.switch, 'link', 'add', here, ...pair);
    ip('-n', this.switch, 'link', 'set', here, 'master', 'wire', 'up');
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) ip('-n', name, 'link', 'set', device, 'up');
    return new Place(name, address);
  }

  private async write(): Promise<void> {
    const trace = ['-i', 'wire', '-Z', 'root', '--immediate-mode', '-U', '-w', '-'];
    const args = ['netns', 'exec', this.switch, program('tcpdump'), ...trace];
    this.writer = spawn(program('ip'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.writer.stdout?.on('data', (bytes: Buffer) => this.written.push(bytes));
    // The head of the trace is written when it listens.
    await until('the trace has begun', () => this.written.length > 0);
  }

  private namespace(suffix: string): string {
    const name = `saoma-${process.pid}-${suffix}`;
    ip('netns', 'add', name);
    this.namespaces.push(name);
    return name;
  }

  private remove(): void {
    this.writer?.kill('SIGKILL');
    for (const name of this.namespaces.splice(0)) ip('netns', 'delete', name);
  }
}
