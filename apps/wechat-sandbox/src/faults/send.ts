import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

/** One HTTP answer, ready to be sent. */
export interface Parcel {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A connection that nobody answers is given up after this. */
const heldMsMax = 120_000;

export function sendWhole(out: ServerResponse, { status, headers, body }: Parcel): void {
  out.writeHead(status, { ...headers, 'Content-Length': body.length });
  out.end(body);
}

/** Sends one byte after the other, as long as somebody listens. */
export async function sendDripping(out: ServerResponse, parcel: Parcel, dripMs: number) {
  const { status, headers, body } = parcel;
  out.writeHead(status, { ...headers, 'Content-Length': body.length });
  for (let at = 0; at < body.length && !out.destroyed; at += 1) {
    out.write(body.subarray(at, at + 1));
    await wait(dripMs);
  }
  out.end();
}

const chunkBytes = 65_536;

/** Sends the answer and blanks after it, as fast as they are taken, until it is `bytes` long. */
export async function sendHuge(out: ServerResponse, parcel: Parcel, bytes: number) {
  out.writeHead(parcel.status, parcel.headers);
  out.write(parcel.body);
  const blanks = Buffer.alloc(chunkBytes, ' ');
  for (let sent = parcel.body.length; sent < bytes && !out.destroyed; sent += chunkBytes) {
    const goesOn = out.write(blanks.subarray(0, Math.min(chunkBytes, bytes - sent)));
    if (!goesOn) await drained(out);
  }
  out.end();
}

function drained(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      out.off('drain', done);
      out.off('close', done);
      resolve();
    };
    out.once('drain', done);
    out.once('close', done);
  });
}

/** Never answers. */
export function swallow(out: ServerResponse): void {
  const timer = setTimeout(() => out.destroy(), heldMsMax);
  timer.unref();
  out.once('close', () => clearTimeout(timer));
}

/** Breaks the connection as a crashed machine or a firewall does. */
export function reset(out: ServerResponse): void {
  const { socket } = out;
  if (socket && !('encrypted' in socket)) socket.resetAndDestroy();
  else out.destroy();
}
