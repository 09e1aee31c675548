import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';

/**
 * Limits of one RPC connection. `maxBufferSize` bounds what is buffered of all messages together,
 * so it must hold many of them at once.
 */
const limits = {
  maxBufferSize: 4 * 1024 * 1024,
  incompleteMessageTimeout: 5_000,
  maxSendBufferSize: 8 * 1024 * 1024,
};

/** What a client asks to hear whether its peer is there: answered at once, by every service. */
export const probePattern = 'probe';

const keepAliveMs = 10_000;

/**
 * Nest's framing on a socket without Nagle's delay: with it, calls in flight side by side wait for
 * the peer's delayed ACK (about 45 ms) unless both ends switch it off.
 */
export class NoDelaySocket extends JsonSocket {
  constructor(socket: Socket) {
    super(socket, limits);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
  }
}
