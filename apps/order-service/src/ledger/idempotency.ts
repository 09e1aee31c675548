import { createHash } from 'node:crypto';
import { AppError } from '@saoma/contracts/errors';
import type { EntityManager } from 'typeorm';
import { IdempotencyRow } from './idempotency.entity';

/** A command that its client has made recognisable: the same key means the same command. */
export interface KeyedCommand {
  readonly user_id: string;
  readonly idempotency_key: string;
  /** What the command says; another body under the same key is another command. */
  readonly body: readonly (string | number)[];
}

/**
 * What this key was answered before, as it was written; undefined if it is new. May fail:
 * idempotency/key-reused.
 */
export async function rememberedAnswer(
  manager: EntityManager,
  { user_id, idempotency_key, body }: KeyedCommand,
): Promise<unknown> {
  const row = await manager.findOneBy(IdempotencyRow, { user_id, idempotency_key });
  if (!row) return undefined;
  if (row.request_hash !== hashOf(body)) throw new AppError('idempotency/key-reused');
  return JSON.parse(row.answer);
}

/** Keeps the answer in the command's transaction: a repeat meanwhile waits at the unique key. */
export async function rememberAnswer(
  manager: EntityManager,
  { user_id, idempotency_key, body }: KeyedCommand,
  answer: object,
): Promise<void> {
  const row: IdempotencyRow = {
    user_id,
    idempotency_key,
    request_hash: hashOf(body),
    answer: JSON.stringify(answer),
    create_time: new Date(),
  };
  await manager.insert(IdempotencyRow, row);
}

function hashOf(body: KeyedCommand['body']): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
