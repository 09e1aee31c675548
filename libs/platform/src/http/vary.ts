import type { FastifyReply } from 'fastify';

/** What an answer depends on as well: others may have said theirs before, which stays. */
export function varyBy(reply: FastifyReply, header: string): void {
  reply.header('vary', [reply.getHeader('vary') ?? [], header].flat().join(', '));
}
