import { within } from '@saoma/platform/within';
import { type Command, Redis } from 'ioredis';

/** A command that takes longer counts as failed: the database must answer without it. */
const answerMsMax = 500;

/**
 * A Redis, or a sentinel, of which every command fails when no answer comes in time. The
 * `commandTimeout` of ioredis would call a server silent when this process has stood still itself,
 * though the answer has arrived meanwhile.
 */
export class AnsweringRedis extends Redis {
  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    const isSilent = () => command.reject(new Error('no answer in time'));
    // Whoever has sent it hears of its failure.
    within(answerMsMax, command.promise, isSilent).catch(() => undefined);
    return super.sendCommand(command, stream);
  }
}
