import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** Proxies cut a connection on which nothing moves. */
const heartbeatMs = 13_000;
/** Streams take turns, one each so long, so that no beat is long. */
const turnMs = 250;
const turns = heartbeatMs / turnMs;

interface Stream {
  beat(): void;
}

/** Makes something move on each stream, once in `heartbeatMs`. */
@Injectable()
export class Heartbeat implements OnApplicationShutdown {
  private readonly streamsByTurn = Array.from({ length: turns }, () => new Set<Stream>());
  private turn = 0;
  private readonly clock = setInterval(() => this.takeTurn(), turnMs);

  onApplicationShutdown(): void {
    clearInterval(this.clock);
  }

  /** Until the connection is closed. */
  keepAlive(stream: Stream, raw: ServerResponse): void {
    // The turn that is farthest away: what a stream begins with keeps its connection alive.
    const streams = this.streamsByTurn[this.turn];
    streams?.add(stream);
    raw.once('close', () => streams?.delete(stream));
  }

  private takeTurn(): void {
    this.turn = (this.turn + 1) % turns;
    for (const stream of this.streamsByTurn[this.turn] ?? []) stream.beat();
  }
}
