import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { firstValueFrom, fromEvent, race } from 'rxjs';
import { Gate } from '../gate';

/**
 * Limits of one RPC connection. `maxBufferSize` bounds what is buffered of all messages together,
 * so it must hold many of them at once.
 */
const limits = {
  maxBufferSize: 4 * 1024 * 1024,
  incompleteMessageTimeout: 5_000,
  maxSendBufferSize: 8 * 1024 * 1024,
};

/** While the peer has still to read more than this, further answers to it wait. */
const unreadBytesMax = 1024 * 1024;
/** Answers that wait for it, and how long each does: the caller is then told to come again. */
const answerLimits = { inFlightMax: 1, lineMax: 1_000, lineMsMax: 5_000 };
/**
 * What waits is sent when it has so many bytes, and not at the end of the turn only: the peer works
 * on it meanwhile. It is well below what makes `write` return false, 16 KiB in Node 20 and 64 KiB
 * since. Nest then reads nothing more of the socket until all is sent, so that both ends would work
 * in turns.
 */
const collectedBytesMax = 4 * 1024;
/** A peer that has read nothing at all for so long is cut off. */
const stalledMsMax = 5_000;

/** What a client asks to hear whether its peer is there: answered at once, by every service. */
export const probePattern = 'probe';
/**
 * The answer of a service that others should be called instead of, while there are any: what it
 * needs is away, or it is about to leave. Then it is also said unasked, with the pattern as its id.
 */
export const notNow = { notNow: true } as const;
export const isNotNow = (answer: unknown) =>
  (answer as Partial<typeof notNow> | null)?.notNow === true;

const keepAliveMs = 10_000;

/**
 * One end of an RPC connection: Nest's framing, bounded, in few writes, and with answers that wait
 * for a slow reader. It has no Nagle's delay: with that, calls in flight side by side wait for the
 * peer's delayed ACK (about 45 ms) unless both ends switch it off.
 */
export class RpcSocket extends JsonSocket {
  private readonly answers = new Gate(answerLimits);
  private isCollecting = false;

  constructor(socket: Socket) {
    super(socket, limits);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    // It counts from the last byte that went either way; nothing is read while answers wait.
    socket.setTimeout(stalledMsMax, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
  }

  /** What is sent in one turn of the event loop leaves in one write: a write is what costs most. */
  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    if (!this.isCollecting) {
      this.isCollecting = true;
      this.netSocket.cork();
      setImmediate(() => {
        this.isCollecting = false;
        this.netSocket.uncork();
      });
    }
    super.handleSend(message, callback);
    if (this.netSocket.writableLength >= collectedBytesMax) this.flush();
  }

  /** What is collected leaves now; what comes after it in this turn is collected again. */
  private flush(): void {
    this.netSocket.uncork();
    this.netSocket.cork();
  }

  /**
   * Sends an answer when the peer has read most of those before it, so that a slow reader is
   * waited for. Fails with service/unavailable if too many wait, or this one has for too long.
   */
  async answer(message: object): Promise<void> {
    // Mostly nobody waits: then it costs no queue.
    if (this.answers.isIdle && !this.isBehind) return this.sendMessage(message);
    await this.answers.run(async () => {
      const { netSocket } = this;
      if (this.isBehind) {
        await firstValueFrom(race(fromEvent(netSocket, 'drain'), fromEvent(netSocket, 'close')));
      }
      this.sendMessage(message);
    });
  }

  private get isBehind(): boolean {
    const { writableLength, destroyed } = this.netSocket;
    return writableLength > unreadBytesMax && !destroyed;
  }
}
