import type { ServerResponse } from 'node:http';

/** A proxy cuts a connection on which nothing moves, here as there. */
const heartbeatMs = 10_000;

export const paid = { success: true, message: '支付成功' };

/** Those who wait for a payment, on node:http and nothing else: responses in sets. */
export class BareHall {
  private readonly streams = new Map<string, Set<ServerResponse>>();
  private readonly polls = new Map<string, Set<ServerResponse>>();

  constructor() {
    setInterval(() => {
      for (const some of this.streams.values()) for (const one of some) one.write(':\n\n');
    }, heartbeatMs);
  }

  stream(out_trade_no: string, response: ServerResponse, payment: object): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: payment\ndata: ${JSON.stringify(payment)}\n\n`);
    keep(this.streams, out_trade_no, response);
  }

  poll(out_trade_no: string, response: ServerResponse): void {
    keep(this.polls, out_trade_no, response);
  }

  /** It is paid. */
  tell(out_trade_no: string): void {
    const event = `event: payment\ndata: {"trade_state":"SUCCESS"}\n\n`;
    for (const one of this.streams.get(out_trade_no) ?? []) one.end(event);
    const body = JSON.stringify(paid);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    for (const one of this.polls.get(out_trade_no) ?? []) one.writeHead(200, headers).end(body);
  }
}

function keep(
  all: Map<string, Set<ServerResponse>>,
  out_trade_no: string,
  response: ServerResponse,
): void {
  const some = all.get(out_trade_no) ?? new Set();
  all.set(out_trade_no, some.add(response));
  response.once('close', () => some.delete(response));
}
