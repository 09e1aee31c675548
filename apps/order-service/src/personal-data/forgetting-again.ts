import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { In, MoreThan } from 'typeorm';
import { Database } from '../database/database';
import { select } from '../database/rows';
import { SharedStore, type UserHash, usersPerPage } from '../redis/shared-store';
import { ForgottenRow, keptText, readKept } from './forgotten.entity';
import { PersonalDataService, unreadable } from './personal-data.service';

/** Pages of one sweep: it ends soon. */
const pagesMax = 20;
const backAgainSql = `SELECT user_id FROM tb_forgotten_user f
  WHERE user_id > :before AND user_id <= :last AND forgotten_time >= (
    SELECT MIN(create_time) FROM tb_order o
    WHERE o.user_id = f.user_id AND receiver_address <> :unreadable)`;

/**
 * A backup that is restored brings back whom somebody has forgotten since. The list of them is in
 * the database and, so that it is not lost with it, in the shared store. Once after its start each
 * instance makes the two alike, and forgets again who has come back.
 */
@Injectable()
export class ForgettingAgain {
  private readonly logger = new Logger('personal-data');
  private readonly hash: UserHash;
  private at: 'store' | 'table' | 'end' = 'store';
  private cursor = '0';
  /** Who can still pay is left for the next round. */
  private isSomebodyLeft = false;

  constructor(
    private readonly database: Database,
    private readonly people: PersonalDataService,
    store: SharedStore,
  ) {
    this.hash = store.forgottenUsers;
  }

  /** Carries on with the next pages; does nothing more when it has come to the end. */
  async sweep(): Promise<void> {
    for (let pages = 0; pages < pagesMax && this.at !== 'end'; pages += 1) {
      if (this.at === 'store') await this.fromStore();
      else if (await this.fromTable()) return;
    }
  }

  private async fromStore(): Promise<void> {
    const { cursor, values } = await this.hash.page(this.cursor);
    const kept = values.flatMap(([user_id, text]) => readKept(user_id, text) ?? []);
    if (kept.length > 0) await this.learn(kept);
    this.cursor = cursor;
    if (cursor === '0') [this.at, this.cursor] = ['table', ''];
  }

  /** Whom the table does not know, or only of an earlier time. */
  private async learn(kept: readonly ForgottenRow[]): Promise<void> {
    await this.database.transaction(async (manager) => {
      const user_id = In(kept.map((row) => row.user_id));
      const rows = await manager.findBy(ForgottenRow, { user_id });
      const known = new Map(rows.map((row) => [row.user_id, row.forgotten_time]));
      const isNews = (row: ForgottenRow) =>
        row.forgotten_time > (known.get(row.user_id) ?? new Date(0));
      const news = kept.filter(isNews);
      if (news.length > 0) await manager.upsert(ForgottenRow, news, ['user_id']);
    });
  }

  /** True at the end of a round. */
  private async fromTable(): Promise<boolean> {
    const rows = await this.database.listing.statements((manager) =>
      manager.find(ForgottenRow, {
        where: { user_id: MoreThan(this.cursor) },
        order: { user_id: 'ASC' },
        take: usersPerPage,
      }),
    );
    for (const row of rows) await this.hash.put(row.user_id, keptText(row));
    for (const row of await this.backAgain(rows)) await this.forgetAgain(row);
    const last = rows.at(-1);
    if (last && rows.length === usersPerPage) {
      this.cursor = last.user_id;
      return false;
    }
    this.at = this.isSomebodyLeft ? 'table' : 'end';
    [this.cursor, this.isSomebodyLeft] = ['', false];
    return true;
  }

  /** Who has orders with a receiver that are older than the forgetting. */
  private async backAgain(rows: readonly ForgottenRow[]): Promise<ForgottenRow[]> {
    const last = rows.at(-1)?.user_id;
    if (last === undefined) return [];
    const values = { before: this.cursor, last, unreadable };
    const back = await this.database.listing.statements((m) => select(m, backAgainSql, values));
    const user_ids = new Set(back.map(({ user_id }) => user_id));
    return rows.filter(({ user_id }) => user_ids.has(user_id));
  }

  private async forgetAgain(row: ForgottenRow): Promise<void> {
    try {
      const { orders, is_done } = await this.people.forgetAgain(row);
      this.logger.warn(`somebody was back, and is forgotten again: ${orders} orders`);
      if (!is_done) this.isSomebodyLeft = true;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'user/still-paying')) throw error;
      this.isSomebodyLeft = true;
    }
  }
}
