import { createHash } from 'node:crypto';
import { AppError } from '@saoma/contracts/errors';
import type { EntityManager } from 'typeorm';
import type { ZodType } from 'zod';
import type { UnitsOfWork } from '../database/database';
import { insertRows } from '../database/rows';
import { IdempotencyRow } from './idempotency.entity';

/** A command that its client has made recognisable: the same key means the same command. */
export interface KeyedCommand<Answer> {
  readonly user_id: string;
  readonly idempotency_key: string;
  /** What the command says; another body under the same key is another command. */
  readonly body: readonly (string | number)[];
  /** How a remembered answer is read. */
  readonly answer: ZodType<Answer>;
}

/** Keeps the answer of a command; without a key there is nothing to keep. */
export type Remember<Answer> = (manager: EntityManager, answer: Answer) => Promise<void>;

/**
 * Carries a command out once per key. `work` remembers its answer in the transaction of what it
 * writes, so that a repeat, even one at the same moment, fails at the unique key and undoes itself.
 * Whatever has failed, an answer that is remembered by then is this command's too. May fail:
 * idempotency/key-reused, and however `work` fails.
 */
export async function once<Answer>(
  database: UnitsOfWork,
  keyed: KeyedCommand<Answer> | undefined,
  work: (remember: Remember<Answer>) => Promise<Answer>,
): Promise<Answer> {
  if (!keyed) return work(async () => undefined);
  try {
    return await work((manager, answer) => remember(manager, keyed, answer));
  } catch (error) {
    const before = await database.statements((manager) => remembered(manager, keyed));
    if (before === undefined) throw error;
    return before;
  }
}

/** What this key was answered before, as it was written; undefined if it is new. */
async function remembered<Answer>(
  manager: EntityManager,
  { user_id, idempotency_key, body, answer }: KeyedCommand<Answer>,
): Promise<Answer | undefined> {
  const row = await manager.findOneBy(IdempotencyRow, { user_id, idempotency_key });
  if (!row) return undefined;
  if (row.request_hash !== hashOf(body)) throw new AppError('idempotency/key-reused');
  return answer.parse(JSON.parse(row.answer));
}

async function remember<Answer>(
  manager: EntityManager,
  { user_id, idempotency_key, body }: KeyedCommand<Answer>,
  answer: Answer,
): Promise<void> {
  const row: IdempotencyRow = {
    user_id,
    idempotency_key,
    request_hash: hashOf(body),
    answer: JSON.stringify(answer),
    create_time: new Date(),
  };
  await insertRows(manager, IdempotencyRow, [row]);
}

function hashOf(body: KeyedCommand<unknown>['body']): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
