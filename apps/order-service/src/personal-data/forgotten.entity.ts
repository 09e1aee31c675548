import { attempt } from '@saoma/platform/attempt';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import { moment, userId } from '../database/columns';

/** Somebody who was forgotten: whom a restored backup brings back is forgotten again. */
@Entity('tb_forgotten_user')
export class ForgottenRow {
  @PrimaryColumn(userId)
  user_id!: string;

  /** When: orders of before have no receiver, later ones are kept as anybody's. */
  @Column(moment)
  forgotten_time!: Date;

  /** Who did it, as the timeline says. */
  @Column({ type: 'varchar', length: 300 })
  actor!: string;
}

const Kept = z.object({ forgotten_time: z.iso.datetime(), actor: z.string().max(300) });

/** What is kept of it in the shared store, beside the user's id. */
export function keptText({ forgotten_time, actor }: ForgottenRow): string {
  return JSON.stringify({ forgotten_time, actor });
}

/** Undefined: it is not ours. */
export function readKept(user_id: string, text: string): ForgottenRow | undefined {
  const kept = attempt(() => Kept.parse(JSON.parse(text)));
  if (!kept) return undefined;
  const facts = { user_id, forgotten_time: new Date(kept.forgotten_time), actor: kept.actor };
  return Object.assign(new ForgottenRow(), facts);
}
