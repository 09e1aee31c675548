import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { secondsFromNow, token } from '../../test/support/token';
import { carriesOut } from '../support/carries-out';

// Payers who wait for their payments, thousands of them in one process: each is a socket.

export interface OpenTask {
  readonly kind: 'open';
  readonly way: 'events' | 'poll';
  readonly urls: readonly string[];
  readonly secret: string;
  readonly count: number;
  /** Payments: waiters are shared out to them in turn. */
  readonly numbers: readonly string[];
  /** Who waits: the payment's owner `filled-N`, or one of so many operators. */
  readonly operators: number | null;
}
export interface ToldTask {
  readonly kind: 'told';
}
export interface CloseTask {
  readonly kind: 'close';
}
export type WaitersTask = OpenTask | ToldTask | CloseTask;

/** When the first and the last waiter were told, Unix milliseconds. */
export interface Told {
  readonly firstMs: number;
  readonly lastMs: number;
}

const atOnceMax = 64;
const triesMax = 10;
const comeBackMs = 100;
const tokenSeconds = 3_600;
const now = () => performance.timeOrigin + performance.now();

let waiters: Waiter[] = [];

class Waiter {
  readonly opened: Promise<void>;
  readonly told: Promise<number>;
  private readonly socket: Socket;

  constructor(url: string, path: string, bearer: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname).setNoDelay(true);
    const head = `GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${bearer}`;
    this.socket.write(`${head}\r\n\r\n`);
    const isPoll = path.startsWith('/pay/');
    let open = () => {};
    let tell = (_ms: number) => {};
    let refuse = (_error: Error) => {};
    this.told = new Promise((resolve) => {
      tell = resolve;
    });
    this.opened = new Promise((resolve, reject) => {
      open = resolve;
      refuse = reject;
      this.socket.once('error', reject);
      this.socket.once('close', () => reject(new Error('a waiter was sent away')));
    });
    this.opened.catch(() => undefined);
    // A poll is silent until it is decided.
    if (isPoll) this.socket.once('connect', () => setTimeout(open, 20));
    this.socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (/^HTTP\/1.1 [45]/.test(text)) refuse(new Error(text));
      open();
      if (/"trade_state":"SUCCESS"|"success":true/.test(text)) tell(now());
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

async function openAll(task: OpenTask): Promise<{ opened: number }> {
  const tokens = new Map<string, string>();
  const bearerOf = (sub: string, roles: string[]) => {
    const known = tokens.get(sub);
    if (known) return known;
    const made = token({ sub, roles, exp: secondsFromNow(tokenSeconds) }, task.secret);
    tokens.set(sub, made);
    return made;
  };
  let next = 0;
  const opener = async () => {
    while (next < task.count) {
      const index = next;
      next += 1;
      const place = index % task.numbers.length;
      const number = task.numbers[place] ?? '';
      const bearer =
        task.operators === null
          ? bearerOf(`filled-${place}`, [])
          : bearerOf(`operator-${index % task.operators}`, ['operator']);
      const path =
        task.way === 'events'
          ? `/api/payments/${number}/events`
          : `/pay/queryPayStatus?out_trade_no=${number}`;
      const url = task.urls[Math.floor(index / task.numbers.length) % task.urls.length] ?? '';
      waiters.push(await enter(() => new Waiter(url, path, bearer)));
    }
  };
  await Promise.all(Array.from({ length: atOnceMax }, opener));
  return { opened: waiters.length };
}

/** Who is sent away comes again, as a browser does. */
async function enter(make: () => Waiter): Promise<Waiter> {
  for (let tries = 1; ; tries += 1) {
    const waiter = make();
    try {
      await waiter.opened;
      return waiter;
    } catch (error) {
      waiter.close();
      if (tries >= triesMax) throw error;
      await pause(tries * comeBackMs);
    }
  }
}

async function told(): Promise<Told> {
  const times = await Promise.all(waiters.map((waiter) => waiter.told));
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, 0];
  for (const ms of times) {
    firstMs = Math.min(firstMs, ms);
    lastMs = Math.max(lastMs, ms);
  }
  return { firstMs, lastMs };
}

function closeAll(): { closed: number } {
  const closed = waiters.length;
  for (const waiter of waiters) waiter.close();
  waiters = [];
  return { closed };
}

async function run(task: WaitersTask): Promise<object> {
  if (task.kind === 'open') return openAll(task);
  return task.kind === 'told' ? told() : closeAll();
}

carriesOut(run);
